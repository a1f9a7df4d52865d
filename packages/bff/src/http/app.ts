import { ROUTES } from "@mailoo-chat/protocol";
import { type NextFunction, type Request, type RequestHandler, Router } from "express";
import type { ChallengeGate } from "../auth/challenge-gate.ts";
import { addressBlock } from "../lib/client-address.ts";
import type { OriginPattern } from "../lib/origins.ts";
import { packageVersion } from "../lib/package-version.ts";
import type { ProblemError } from "../lib/problem-error.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { ReadinessReport } from "../observability/readiness.ts";
import { createOpenApiDocument } from "../openapi/openapi-document.ts";
import type { Presence } from "../platform/presence.ts";
import { type ChatConfigDeps, chatConfig } from "./chat-config.ts";
import { allowPages, requireAllowedOrigin } from "./cross-origin.ts";
import { jsonBody } from "./json-body.ts";
import type { RateLimits } from "./limits.ts";
import { listMessages, type MessagesDeps } from "./messages.ts";
import { allowOnly, answerProblem, type ChatResponse, notFound } from "./problems.ts";
import { assignRequestId, type RequestLogDeps, requestLog } from "./request-log.ts";
import { securityHeaders } from "./security-headers.ts";
import { type SubmitDeps, submitMessage } from "./submit.ts";
import { WIDGET_PATHS, widgetFiles } from "./widget-files.ts";

export interface ChatRouterDeps extends RootRouterDeps, SubmitDeps, MessagesDeps, ChatConfigDeps {
  readonly challengeGate: ChallengeGate;
  readonly feeds: SubmitDeps["feeds"] & MessagesDeps["feeds"];
  readonly limits: RateLimits;
  readonly presence: Presence;
  /** Why new work is refused, if it is: overload, drain. */
  readonly refusal: () => ProblemError | null;
}

export interface RootRouterDeps extends RequestLogDeps {
  readonly warnOfProxies: RequestHandler;
  readonly allowedOrigins: readonly OriginPattern[];
  readonly limits: RateLimits;
  readonly readiness: () => ReadinessReport;
  /** True if `/metrics` belongs to this port. */
  readonly showMetrics: boolean;
  readonly widgetFolder: string | null;
}

/** Everything below the base path. Each `use` applies to what follows it. */
export function createChatRouter(deps: ChatRouterDeps): Router {
  const router = createRouter();
  // Mounted at the root of an application, it shares the root with the application's own paths.
  router.use((req, _res, next) => next(req.baseUrl === "" && !isOurs(req.path) ? "router" : undefined));
  router.use(entrance(deps));
  addMachineRoutes(router, deps);

  router.use(forPages(deps));
  router.use((_req, _res, next) => next(deps.refusal() ?? undefined));

  router.route(ROUTES.config).get(answerConditionally, chatConfig(deps)).all(allowOnly("GET", "HEAD"));
  router
    .route(ROUTES.submit)
    .post(...jsonBody, submitMessage(deps))
    .all(allowOnly("POST"));
  router.route(ROUTES.messages).get(listMessages(deps)).all(allowOnly("GET", "HEAD"));
  router
    .route(ROUTES.status)
    .get(async (_req, res) => {
      res.set("Cache-Control", "no-store").json({ status: await deps.presence.current() });
    })
    .all(allowOnly("GET", "HEAD"));

  router.use(notFound);
  router.use(answerProblem);
  return router;
}

/** What also stands at the root of a server of our own. */
export function createRootRouter(deps: RootRouterDeps): Router {
  const router = createRouter();
  router.use(entrance(deps));
  addMachineRoutes(router, deps);
  router.use(forPages(deps));
  router.use(notFound);
  router.use(answerProblem);
  return router;
}

/** Prometheus metrics alone, for a port that need not be open to the world. */
export function createMetricsRouter(metrics: Metrics): Router {
  return createRouter()
    .use(assignRequestId as RequestHandler, securityHeaders)
    .get(ROUTES.metrics, showMetricsOf(metrics))
    .use(notFound)
    .use(answerProblem);
}

function createRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

function entrance(deps: RootRouterDeps): RequestHandler[] {
  return [
    assignRequestId,
    requestLog(deps),
    securityHeaders,
    varyByOrigin,
    deps.warnOfProxies,
  ] as RequestHandler[];
}

/** From here on: requests of allowed pages only, counted by address. */
function forPages({ allowedOrigins, limits }: RootRouterDeps): RequestHandler[] {
  return [
    allowPages(allowedOrigins),
    limitRequests(limits),
    requireAllowedOrigin(allowedOrigins),
  ] as RequestHandler[];
}

function varyByOrigin(_req: Request, res: ChatResponse, next: NextFunction): void {
  res.removeHeader("X-Powered-By");
  res.vary("Origin");
  next();
}

/** For load balancers, scrapers and any page: not limited, and not for allowed origins only. */
function addMachineRoutes(
  router: Router,
  { readiness, metrics, showMetrics, widgetFolder }: RootRouterDeps,
): void {
  const openApi = createOpenApiDocument(packageVersion());
  router
    .route(ROUTES.health)
    .get((_req, res) => void res.set("Cache-Control", "no-store").json({ status: "ok" }))
    .all(allowOnly("GET", "HEAD"));
  router
    .route(ROUTES.ready)
    .get((_req, res) => {
      const report = readiness();
      res
        .status(report.ready ? 200 : 503)
        .set("Cache-Control", "no-store")
        .json(report);
    })
    .all(allowOnly("GET", "HEAD"));
  router
    .route(ROUTES.openapi)
    .get((_req, res) => {
      res.set("Access-Control-Allow-Origin", "*").set("Cache-Control", "public, max-age=3600").json(openApi);
    })
    .all(allowOnly("GET", "HEAD"));
  if (metrics && showMetrics) {
    router.route(ROUTES.metrics).get(showMetricsOf(metrics)).all(allowOnly("GET", "HEAD"));
  }
  router
    .route(WIDGET_PATHS)
    .get(answerConditionally, widgetFiles(widgetFolder))
    .all(allowOnly("GET", "HEAD"));
}

function showMetricsOf(metrics: Metrics): RequestHandler {
  return async (_req, res) => {
    const text = await metrics.render();
    res.set("Cache-Control", "no-store").type(metrics.contentType).send(text);
  };
}

/** Counts a request against its address. */
function limitRequests(limits: RateLimits): RequestHandler {
  return async (req, _res, next) => {
    if (req.method !== "OPTIONS") await limits.request(addressBlock(req.ip));
    next();
  };
}

/**
 * `fetch` adds `Cache-Control: no-cache` to a request with `If-None-Match`, and Express then ignores the tag. Our answers
 * are up to date anyway.
 */
function answerConditionally(req: Request, _res: unknown, next: NextFunction): void {
  if (req.headers["if-none-match"] !== undefined) delete req.headers["cache-control"];
  next();
}

const OUR_PATHS = new Set<string>(Object.values(ROUTES));

function isOurs(path: string): boolean {
  return OUR_PATHS.has(path) || WIDGET_PATHS.test(path);
}
