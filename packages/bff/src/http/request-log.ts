import type { NextFunction, Request } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Metrics } from "../observability/metrics.ts";
import type { ChatResponse } from "./problems.ts";

export interface RequestLogDeps {
  readonly log: Logger;
  /** Replaces session ids, which are never logged. */
  readonly sessionHash: (sessionPublicId: string) => string;
  readonly metrics: Metrics | null;
}

/**
 * Logs one line when a request has been answered or aborted. It contains nothing from the caller (no path, query, header or
 * body), so nothing needs redaction.
 */
export function requestLog({
  log,
  sessionHash,
  metrics,
}: RequestLogDeps): (req: Request, res: ChatResponse, next: NextFunction) => void {
  const toFields = (req: Request, res: ChatResponse, durationMs: number) => {
    const { requestId, sessionPublicId, problem } = res.locals;
    return {
      requestId,
      method: req.method,
      route: routeName(req),
      status: res.statusCode,
      durationMs,
      session: sessionPublicId === undefined ? undefined : sessionHash(sessionPublicId),
      code: problem?.code,
      aborted: res.writableFinished ? undefined : true,
      err: problem?.code === "internal" ? problem.cause : undefined,
    };
  };
  const logRequest = pinoHttp<Request, ChatResponse>({
    logger: log,
    genReqId: (_req, res) => res.locals.requestId,
    serializers: { req: () => undefined },
    wrapSerializers: false,
    customLogLevel: (req, res) => {
      if (res.locals.problem?.code === "internal") return "error";
      return MACHINE_ROUTES.has(routeName(req)) ? "debug" : "info";
    },
    customSuccessMessage: () => "request",
    customErrorMessage: () => "request",
    customSuccessObject: (req, res, { responseTime }) => toFields(req, res, responseTime),
    customErrorObject: (req, res, _error, { responseTime }) => toFields(req, res, responseTime),
  });

  if (metrics === null) return logRequest;
  return (req, res, next) => {
    const startedAtMs = performance.now();
    res.once("close", () =>
      metrics.requestAnswered({
        route: routeName(req),
        method: req.method,
        status: res.statusCode,
        durationMs: performance.now() - startedAtMs,
      }),
    );
    logRequest(req, res, next);
  };
}

/** The name of the route, not the path, which may contain anything. */
function routeName(req: Request): string {
  const path: unknown = req.route?.path;
  if (typeof path === "string") return path.slice(1);
  return path === undefined ? "unknown" : "widget";
}

/** Polled every few seconds, so logged at level debug. */
const MACHINE_ROUTES = new Set(["healthz", "readyz", "metrics"]);

/** Warns once that `TRUST_PROXY` may be missing. */
export function warnOfProxies(log: Logger) {
  let warned = false;
  return (req: Request, _res: unknown, next: NextFunction): void => {
    if (!warned && req.headers["x-forwarded-for"] !== undefined && !req.app.get("trust proxy")) {
      warned = true;
      log.warn(
        "TRUST_PROXY: a request has X-Forwarded-For, but no proxy is trusted. If there is a proxy in front, all visitors " +
          "count as one address and share its limits: set TRUST_PROXY to the number of proxies, or the application's " +
          "`trust proxy` if the BFF is mounted",
      );
    }
    next();
  };
}
