import type { FaultProxy } from "@mailoo-chat/e2e/network/fault-proxy";
import type { NetworkFault } from "@mailoo-chat/e2e/network/network-fault";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import { z } from "zod";
import {
  HEALED,
  LEG_ACTIONS,
  type LegAction,
  type Legs,
  type LegsReport,
  LINE_STATES,
  SOCKET_STATES,
} from "../legs.ts";
import type { BffProcess } from "./bff-process.ts";
import type { Platform } from "./platform.ts";

export interface AppDeps {
  readonly bff: BffProcess;
  /** The network between the page's visitor and the BFF. */
  readonly line: FaultProxy;
  readonly platform: Platform;
  /** The folder of the built page. */
  readonly directory: string;
}

const LINE_FAULTS: Readonly<Record<Legs["line"], NetworkFault>> = {
  ok: { name: "none" },
  refuse: { name: "refuse" },
  mute: { name: "blackhole", direction: "both" },
  "no-sockets": { name: "no-upgrades", how: "refuse" },
};

/** The page and its routes for causing faults. Accepts only pages of this server on this machine. */
export function createApp({ bff, line, platform, directory }: AppDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(refuseStrangers);
  let legs = HEALED;
  /** Changes are applied one at a time. */
  let changed: Promise<void> = Promise.resolve();

  const report = (): LegsReport => ({ legs, bff: bff.state });

  function change(patch: Partial<Legs>): Promise<void> {
    changed = changed
      .catch(() => {})
      .then(async () => {
        const next = { ...legs, ...patch };
        if (next.line !== legs.line) await line.set(LINE_FAULTS[next.line]);
        await platform.apply(next);
        legs = next;
      });
    return changed;
  }

  const actions: Readonly<Record<LegAction, () => unknown>> = {
    cut: () => line.cutAll(),
    drop: () => platform.dropSockets(),
    // The page reads the progress from the BFF's state.
    restart: () => void bff.restart("SIGTERM"),
    kill: () => void bff.restart("SIGKILL"),
  };

  app.get("/setup", (_request, response) => {
    response.json({ baseUrl: line.url + DEFAULT_BASE_PATH });
  });
  app
    .route("/legs")
    .get((_request, response) => {
      response.json(report());
    })
    .patch(express.json(), async (request, response) => {
      await change(legsPatch.parse(request.body) as Partial<Legs>);
      response.json(report());
    })
    .delete(async (_request, response) => {
      await change(HEALED);
      response.json(report());
    });
  app.post("/legs/:action", async (request, response, next) => {
    const action = LEG_ACTIONS.find((name) => name === request.params.action);
    if (action === undefined) return next();
    await actions[action]();
    response.json(report());
  });
  app
    .route("/sessions/:sessionPublicId/messages")
    .get(async (request, response) => {
      response.json(await platform.listStored(request.params.sessionPublicId));
    })
    .post(express.json(), async (request, response) => {
      const { content } = replyBody.parse(request.body);
      await platform.reply(request.params.sessionPublicId, content);
      response.status(201).json({});
    });

  app.use(
    express.static(directory, {
      setHeaders(response, path) {
        if (path.endsWith(".html")) response.set(toPageHeaders(line.url));
      },
    }),
  );
  app.use(answerError);
  return app;
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) return next(error);
  const isMisuse = error instanceof z.ZodError || error instanceof SyntaxError;
  if (!isMisuse) console.error(error);
  response.status(isMisuse ? 400 : 502).json({ message: String(error) });
};

const legsPatch = z
  .strictObject({
    line: z.enum(LINE_STATES),
    sockets: z.enum(SOCKET_STATES),
    slow: z.boolean(),
    errors: z.boolean(),
    acceptThenFail: z.boolean(),
    acceptThenReset: z.boolean(),
  } satisfies Record<keyof Legs, z.ZodType>)
  .partial();

const replyBody = z.strictObject({ content: z.string().min(1).max(200) });

/**
 * Other sites' pages must not cause faults, neither by cross-origin requests nor by a domain name that resolves to
 * this machine (DNS rebinding).
 */
const refuseStrangers: RequestHandler = (request, response, next) => {
  const host = URL.parse(`http://${request.get("host") ?? ""}`)?.hostname ?? "";
  const site = request.get("sec-fetch-site") ?? "none";
  const isOwnPage = site === "same-origin" || (site === "none" && request.get("origin") === undefined);
  const isVisit = request.method === "GET" && request.get("sec-fetch-mode") === "navigate";
  response.set({ "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
  if (["localhost", "127.0.0.1", "[::1]"].includes(host) && (isOwnPage || isVisit)) return next();
  response.status(403).type("text").send("Only for the demo's own page on this machine.\n");
};

/** The page may only run its own files and connect to this server and the visitor's network proxy. */
function toPageHeaders(lineUrl: string): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      `connect-src 'self' ${lineUrl} ${lineUrl.replace("http", "ws")}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
  };
}
