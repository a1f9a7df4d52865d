import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { RateLimits } from "../limits/rate-limits.ts";
import { ProblemError } from "../problem-error.ts";
import type { WidgetFiles } from "../widget-files.ts";
import { logAnswer } from "./access-log.ts";
import { addressBlock, clientAddress, type TrustedProxies } from "./client-address.ts";
import { allowOrigin, answerPreflight } from "./cors.ts";
import { discardRest } from "./discard-rest.ts";
import { headerText } from "./header-text.ts";
import { judgeRequestOrigin, type OriginPattern } from "./origin-policy.ts";
import { sendProblem, toProblemError } from "./problem-response.ts";
import { requestContext, setRequestContext } from "./request-context.ts";
import { pathOf, type RoutedRequest } from "./routed-request.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { sendWidgetFile } from "./widget-file-response.ts";

/** Answers a request; what it throws is answered as a problem. */
export type RouteHandler = (req: RoutedRequest, res: ServerResponse, origin: string) => Promise<void> | void;

export interface Route {
  /** For logs and metrics. */
  readonly name: string;
  /**
   * `pages`: for listed origins, counted by the limits. `anyone`: files that any page may load.
   * `machines`: health and metrics, neither for pages nor counted.
   */
  readonly audience: "pages" | "anyone" | "machines";
  readonly methods: { readonly GET?: RouteHandler; readonly POST?: RouteHandler };
}

export interface ChatHandlerDeps {
  /** By path below the mount point. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly widgetFiles: WidgetFiles;
  readonly allowedOrigins: readonly OriginPattern[];
  /** What goes upstream where a request names no origin. */
  readonly defaultOrigin: string;
  readonly trustedProxies: TrustedProxies;
  readonly limits: RateLimits;
  /** Work for pages is refused with what this returns, if anything: overload, drain. */
  readonly refusal: () => ProblemError | null;
  readonly log: Logger;
  readonly sessionHash: (sessionPublicId: string) => string;
  /**
   * `at-root`: where the router stands at the root of somebody's application, paths that are not ours are passed on.
   * `never`: they are answered 404.
   */
  readonly passUnknown: "at-root" | "never";
  readonly onAnswered: (answered: {
    route: string;
    method: string;
    status: number;
    durationMs: number;
  }) => void;
}

/** What a router of Express calls, in an application or without one. */
export type ChatHandler = (req: RoutedRequest, res: ServerResponse, next: (fault?: unknown) => void) => void;

/**
 * The BFF's one handler. It looks a route up before it does anything else, so that it leaves the host's own paths
 * alone where it is mounted at a root, and so that every answer of ours, an error included, has passed the same
 * entrance: request id, log, headers, origin, limits.
 */
export function createChatHandler(deps: ChatHandlerDeps): ChatHandler {
  return (req, res, next) => {
    handle(deps, req, res, next).catch(next);
  };
}

async function handle(
  deps: ChatHandlerDeps,
  req: RoutedRequest,
  res: ServerResponse,
  next: () => void,
): Promise<void> {
  const route = findRoute(deps, pathOf(req));
  if (!route && req.baseUrl === "" && deps.passUnknown === "at-root") {
    next();
    return;
  }
  enter(deps, req, res, route?.name ?? "unknown");
  try {
    await answer(deps, req, res, route);
  } catch (error) {
    answerError(deps, req, res, error);
  }
}

function findRoute(deps: ChatHandlerDeps, path: string): Route | undefined {
  const route = deps.routes.get(path);
  if (route) return route;
  const file = deps.widgetFiles.get(path.slice(1));
  return (
    file && {
      name: "widget",
      audience: "anyone",
      methods: { GET: (req, res) => sendWidgetFile(req, res, file) },
    }
  );
}

function enter(deps: ChatHandlerDeps, req: RoutedRequest, res: ServerResponse, route: string): void {
  const address = clientAddress(
    deps.trustedProxies,
    req.socket.remoteAddress,
    headerText(req, "x-forwarded-for"),
  );
  const requestId = randomUUID();
  const startedAtMs = performance.now();
  setRequestContext(req, {
    requestId,
    addressBlock: addressBlock(address),
    route,
    sessionPublicId: null,
    problemCode: null,
  });
  setSecurityHeaders(res);
  res.setHeader("X-Request-Id", requestId);
  res.setHeader("Vary", "Origin");
  res.on("close", () => {
    const durationMs = performance.now() - startedAtMs;
    logAnswer(req, res, durationMs, deps);
    deps.onAnswered({ route, method: req.method ?? "", status: res.statusCode, durationMs });
  });
}

async function answer(
  deps: ChatHandlerDeps,
  req: RoutedRequest,
  res: ServerResponse,
  route: Route | undefined,
): Promise<void> {
  let origin = deps.defaultOrigin;
  if (route?.audience === "anyone") res.setHeader("Access-Control-Allow-Origin", "*");
  else if (route?.audience !== "machines") origin = admitOrigin(deps, req, res);

  if (req.method === "OPTIONS") {
    answerPreflight(res, allowedMethods(route));
    return;
  }
  if (!route) throw new ProblemError("not_found");
  const handler = req.method === "HEAD" ? route.methods.GET : methodHandler(route, req.method);
  if (!handler) {
    res.setHeader("Allow", allowedMethods(route).join(", "));
    throw new ProblemError("method_not_allowed");
  }
  if (route.audience === "pages") {
    const refusal = deps.refusal();
    if (refusal) throw refusal;
    await deps.limits.request(requestContext(req).addressBlock);
  }
  await handler(req, res, origin);
}

/** The origin to name upstream. @throws ProblemError `origin_not_allowed` */
function admitOrigin(deps: ChatHandlerDeps, req: RoutedRequest, res: ServerResponse): string {
  const verdict = judgeRequestOrigin(
    deps.allowedOrigins,
    req.headers.origin,
    headerText(req, "sec-fetch-site"),
  );
  if (!verdict.allowed) throw new ProblemError("origin_not_allowed");
  if (verdict.corsOrigin === null) return deps.defaultOrigin;
  allowOrigin(res, verdict.corsOrigin);
  return verdict.corsOrigin;
}

function answerError(deps: ChatHandlerDeps, req: RoutedRequest, res: ServerResponse, error: unknown): void {
  const problem = toProblemError(error);
  const context = requestContext(req);
  context.problemCode = problem.code;
  if (problem.code === "internal")
    deps.log.error({ requestId: context.requestId, err: problem.cause }, "internal error");
  if (res.headersSent) {
    res.destroy();
    return;
  }
  sendProblem(res, problem, context.requestId);
  discardRest(req);
}

function allowedMethods(route: Route | undefined): string[] {
  if (!route) return ["GET", "HEAD", "POST", "OPTIONS"];
  return [...(route.methods.GET ? ["GET", "HEAD"] : []), ...(route.methods.POST ? ["POST"] : []), "OPTIONS"];
}

function methodHandler(route: Route, method: string | undefined): RouteHandler | undefined {
  return method === "GET" || method === "POST" ? route.methods[method] : undefined;
}
