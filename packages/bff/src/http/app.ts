import { randomUUID } from "node:crypto";
import { ROUTES } from "@mailoo-chat/protocol";
import express, { type Express, type NextFunction, type Request, type RequestHandler, Router } from "express";
import helmet from "helmet";
import { addressBlock, type TrustProxy } from "../lib/client-address.ts";
import { packageVersion } from "../lib/package-version.ts";
import type { ProblemError } from "../lib/problem-error.ts";
import type { MetricsPage } from "../observability/metrics.ts";
import type { ReadinessReport } from "../observability/readiness.ts";
import { createOpenApiDocument, type OpenApiDocument } from "../openapi/openapi-document.ts";
import { type ChatConfigDeps, chatConfig } from "./chat-config.ts";
import { type ChatPageDeps, chatPage } from "./chat-page.ts";
import { allowAnyPage, allowPages, requireAllowedOrigin } from "./cross-origin.ts";
import type { RateLimits } from "./limits.ts";
import { listMessages, type MessagesDeps } from "./messages.ts";
import { allowOnly, answerProblem, type ChatResponse, notFound } from "./problems.ts";
import { jsonBody } from "./read-request.ts";
import { type RequestLogDeps, requestLog } from "./request-log.ts";
import { findSession, type SessionDeps } from "./session.ts";
import { type SubmitDeps, submitMessage } from "./submit.ts";
import { WIDGET_PATHS, widgetFiles } from "./widget-files.ts";

export interface ChatRouterDeps
  extends RootRouterDeps,
    SubmitDeps,
    SessionDeps,
    MessagesDeps,
    ChatConfigDeps {
  readonly feeds: SubmitDeps["feeds"];
  readonly visitorSessions: SubmitDeps["visitorSessions"];
  /** Why new work is refused (overload, drain); null: it is accepted. */
  readonly refusal: () => ProblemError | null;
}

export interface RootRouterDeps extends RequestLogDeps, ChatPageDeps {
  readonly warnOfProxies: RequestHandler;
  readonly limits: RateLimits;
  readonly readiness: () => ReadinessReport;
  /** The metrics for `/metrics` on this port; null: none. */
  readonly metricsPage: MetricsPage | null;
}

/** An Express application for the routers below. */
export function createApplication(trustProxy: TrustProxy): Express {
  const app = express();
  app.disable("x-powered-by");
  // Only `config` has an ETag, which its handler sets.
  app.disable("etag");
  app.enable("case sensitive routing");
  app.set("trust proxy", trustProxy);
  return app;
}

/** All routes below the base path. Each `use` applies to what follows it. */
export function createChatRouter(deps: ChatRouterDeps): Router {
  const router = createRouter();
  // If it is mounted at the root of an application, other paths belong to the application.
  router.use((req, _res, next) =>
    next(req.baseUrl === "" && !isOwnPath(req.path, deps) ? "router" : undefined),
  );
  router.use(forAll(deps));
  addPublicRoutes(router, deps);

  const checks = [...forPages(deps), refuseWork(deps.refusal)];
  // Middleware within a route is cheap. Matching a router-level layer costs as much as a small handler.
  const pageRoute = (path: string) => router.route(path).all(checks);

  pageRoute(ROUTES.config).get(answerConditionally, chatConfig(deps)).all(allowOnly("GET", "HEAD"));
  pageRoute(ROUTES.submit)
    .post(...jsonBody, submitMessage(deps))
    .all(allowOnly("POST"));
  pageRoute(ROUTES.session)
    .post(...jsonBody, findSession(deps))
    .all(allowOnly("POST"));
  pageRoute(ROUTES.messages).get(listMessages(deps)).all(allowOnly("GET", "HEAD"));
  pageRoute(ROUTES.status)
    .get(async (_req, res) => {
      res.set("Cache-Control", "no-store").json({ status: await deps.presence.current() });
    })
    .all(allowOnly("GET", "HEAD"));

  router.use(checks, notFound);
  router.use(answerProblem);
  return router;
}

/** The routes that a standalone server also has at its root. */
export function createRootRouter(deps: RootRouterDeps): Router {
  const router = createRouter();
  router.use(forAll(deps));
  addPublicRoutes(router, deps);
  router.use(forPages(deps), notFound);
  router.use(answerProblem);
  return router;
}

/** Prometheus metrics, for a port of their own. */
export function createMetricsRouter(metrics: MetricsPage): Router {
  return createRouter()
    .use(answerHeaders as RequestHandler)
    .get(ROUTES.metrics, showMetricsOf(metrics))
    .use(notFound)
    .use(answerProblem);
}

function createRouter(): Router {
  return Router({ caseSensitive: true, strict: true });
}

function forAll(deps: RootRouterDeps): RequestHandler[] {
  return [answerHeaders, requestLog(deps), allowPages(deps.allowedOrigins)] as RequestHandler[];
}

/** Assigns each request an id for the log and the answer, and sets the common headers. */
function answerHeaders(req: Request, res: ChatResponse, next: NextFunction): void {
  res.locals.requestId = randomUUID();
  res.set("X-Request-Id", res.locals.requestId).vary("Origin");
  // The host application's header.
  res.removeHeader("X-Powered-By");
  securityHeaders(req, res, next);
}

/**
 * helmet for what the BFF answers: JSON and scripts. The chat page, its one document, has its own policy. Headers that only
 * concern documents or obsolete browsers are off. `Cross-Origin-Resource-Policy: same-origin`, helmet's default, would block
 * the script tag on every other site. The proxy that terminates TLS sets HSTS.
 */
const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: { policy: "cross-origin" },
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xFrameOptions: { action: "deny" },
  // Removed with the other headers of the host application.
  xPoweredBy: false,
  xXssProtection: false,
});

/** Limits requests by address, and refuses pages that are not allowed. */
function forPages(deps: RootRouterDeps): RequestHandler[] {
  return [deps.warnOfProxies, limitRequests(deps.limits), requireAllowedOrigin(deps.log)] as RequestHandler[];
}

function refuseWork(refusal: ChatRouterDeps["refusal"]): RequestHandler {
  return (_req, _res, next) => next(refusal() ?? undefined);
}

/** Routes for load balancers, scrapers and any page: without limits and for all origins. */
function addPublicRoutes(router: Router, deps: RootRouterDeps): void {
  const { readiness, metricsPage, widgetFolder } = deps;
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
      res
        .set("Access-Control-Allow-Origin", "*")
        .set("Cache-Control", "public, max-age=3600")
        .json(findOpenApiDocument());
    })
    .all(allowOnly("GET", "HEAD"));
  if (metricsPage) {
    router.route(ROUTES.metrics).get(showMetricsOf(metricsPage)).all(allowOnly("GET", "HEAD"));
  }
  router
    .route(WIDGET_PATHS)
    .all(allowAnyPage)
    .get(answerConditionally, widgetFiles(widgetFolder))
    .all(allowOnly("GET", "HEAD"), notFound);
  // Any site may link to the page.
  router
    .route(ROUTES.page)
    .get(...chatPage(deps))
    .all(allowOnly("GET", "HEAD"));
}

let openApiDocument: OpenApiDocument | undefined;

/** Created once for all chats, on the first request. */
function findOpenApiDocument(): OpenApiDocument {
  openApiDocument ??= createOpenApiDocument(packageVersion());
  return openApiDocument;
}

function showMetricsOf(metrics: MetricsPage): RequestHandler {
  return async (_req, res) => {
    const text = await metrics.render();
    res.set("Cache-Control", "no-store").type(metrics.contentType).send(text);
  };
}

function limitRequests(limits: RateLimits): RequestHandler {
  return async (req, _res, next) => {
    if (req.method !== "OPTIONS") await limits.request(addressBlock(req.ip));
    next();
  };
}

/**
 * `fetch` adds `Cache-Control: no-cache` to a request with `If-None-Match`, and Express then ignores the ETag. These answers
 * are always current.
 */
function answerConditionally(req: Request, _res: unknown, next: NextFunction): void {
  if (req.headers["if-none-match"] !== undefined) delete req.headers["cache-control"];
  next();
}

const OWN_PATHS = new Set<string>(Object.values(ROUTES));

function isOwnPath(path: string, { visitorSessions }: Pick<ChatRouterDeps, "visitorSessions">): boolean {
  // The host application may already use this common name.
  if (path === ROUTES.session) return visitorSessions !== null;
  return OWN_PATHS.has(path) || WIDGET_PATHS.test(path);
}
