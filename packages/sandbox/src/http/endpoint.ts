import type { Request, RequestHandler, Response } from "express";
import type { FaultBoard } from "../faults/fault-board.ts";
import { ApiError, errorBody } from "./api-error.ts";
import type { KeyEcho } from "./key-echo.ts";
import type { RequestStats } from "./request-stats.ts";
import type { Route } from "./routes.ts";
import { waitUnlessGone } from "./wait-unless-gone.ts";

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Wraps a route's work in what every request goes through. */
export type Endpoint = (
  route: Route,
  kind: "reads" | "writes",
  work: (request: Request) => Answer | Promise<Answer>,
) => RequestHandler;

export interface EndpointDeps {
  readonly faults: FaultBoard;
  readonly stats: RequestStats;
  readonly keyEcho: KeyEcho;
}

/**
 * The way of a request: count it, make it wait, let a fault strike, do the work, let a fault strike the answer, write
 * it. A request that hangs stays open until the client or `close()` ends it.
 */
export function createEndpoint({ faults, stats, keyEcho }: EndpointDeps): Endpoint {
  return (route, kind, work) => {
    const writes = kind === "writes";

    async function respond(request: Request, response: Response): Promise<void> {
      stats.countRequest(route);
      response.once("finish", () => stats.countStatus(route, response.statusCode));
      keyEcho.saw(request.get("x-api-key"));
      if (!(await waitUnlessGone(faults.latencyMs(route), response))) return;

      const fault = faults.beforeRequest(route, writes);
      switch (fault.name) {
        case "hang":
          return;
        case "fail":
          return write(response, { status: fault.status, body: failure(fault.status) });
        case "rate-limit":
          response.set("Retry-After", String(fault.retryAfterSeconds));
          return write(response, { status: 429, body: failure(429) });
        case "none":
          break;
      }

      const answer = await work(request);
      switch (writes ? faults.afterCommit(route) : "none") {
        case "reset":
          request.socket.resetAndDestroy();
          return;
        case "hang":
          return;
        case "fail":
          return write(response, { status: 502, body: failure(502) });
        case "none":
          return write(response, answer);
      }
    }

    function write(response: Response, { status, body }: Answer): void {
      if (faults.settings.echoKey) keyEcho.stainHeaders(response);
      response.status(status).set("Cache-Control", "no-store");
      if (faults.answersHtml(route)) {
        response.type("html").send(htmlPage(status, faults.settings.echoKey ? keyEcho.last : ""));
        return;
      }
      response.json(faults.settings.echoKey ? keyEcho.stain(body) : body);
    }

    return async (request, response) => {
      try {
        await respond(request, response);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        response.set(error.headers);
        write(response, { status: error.status, body: errorBody(error) });
      }
    };
  };
}

function failure(status: number) {
  const code = status === 429 ? "rate_limited" : "injected_failure";
  return errorBody({ status, code, message: "This answer was ordered by a fault switch" });
}

function htmlPage(status: number, stain: string): string {
  return `<!doctype html><title>${status}</title><h1>${status}</h1><p>A proxy answered in place of the API. ${stain}</p>\n`;
}
