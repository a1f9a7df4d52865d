import { randomUUID } from "node:crypto";
import type { NextFunction, Request } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Metrics } from "../observability/metrics.ts";
import type { ChatResponse } from "./problems.ts";

export interface RequestLogDeps {
  readonly log: Logger;
  /** Stands for a session id, which is never logged itself. */
  readonly sessionHash: (sessionPublicId: string) => string;
  readonly metrics: Metrics | null;
}

/** Gives each request an id of ours, for its log line and its answer. */
export function assignRequestId(_req: Request, res: ChatResponse, next: NextFunction): void {
  res.locals.requestId = randomUUID();
  res.set("X-Request-Id", res.locals.requestId);
  next();
}

/**
 * Logs one line when a request has been answered or its caller is gone. The line holds what we know of the request, not
 * what the caller wrote (no path, query, header or body), so there is nothing to redact.
 */
export function requestLog({ log, sessionHash, metrics }: RequestLogDeps) {
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

  return (req: Request, res: ChatResponse, next: NextFunction): void => {
    const startedAtMs = performance.now();
    res.once("close", () =>
      metrics?.requestAnswered({
        route: routeName(req),
        method: req.method,
        status: res.statusCode,
        durationMs: performance.now() - startedAtMs,
      }),
    );
    logRequest(req, res, next);
  };
}

/** The route's own name, for logs and metrics; never the path, which a caller may fill with anything. */
function routeName(req: Request): string {
  const path: unknown = req.route?.path;
  if (typeof path === "string") return path.slice(1);
  return path === undefined ? "unknown" : "widget";
}

/** Polled every few seconds. */
const MACHINE_ROUTES = new Set(["healthz", "readyz", "metrics"]);

/** Says once that a proxy in front seems to have been forgotten in the configuration. */
export function warnOfProxies(log: Logger) {
  let warned = false;
  return (req: Request, _res: unknown, next: NextFunction): void => {
    if (!warned && req.headers["x-forwarded-for"] !== undefined && !req.app.get("trust proxy")) {
      warned = true;
      log.warn(
        "TRUST_PROXY: a request came with X-Forwarded-For, and no proxy is trusted. If a proxy stands in front, all " +
          "visitors count as one address and share its limits: set TRUST_PROXY to the number of proxies, or the " +
          "application's `trust proxy` if the BFF is mounted",
      );
    }
    next();
  };
}
