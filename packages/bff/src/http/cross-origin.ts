import { SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";
import cors from "cors";
import type { NextFunction, Request, RequestHandler } from "express";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { isOriginAllowed, type OriginPattern } from "../lib/origins.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { ChatResponse } from "./problems.ts";

/**
 * Answers preflights of allowed pages, and lets these pages read all answers, errors included. Without credentials: the
 * session token is in the `Authorization` header.
 */
export function allowPages(allowedOrigins: readonly OriginPattern[]) {
  const answerPreflight = cors<Request>((req, done) =>
    done(null, {
      // Only called for allowed origins.
      origin: true,
      methods: "GET, HEAD, POST, OPTIONS",
      allowedHeaders: [...OWN_HEADERS, ...toTraceHeaders(req)].join(", "),
      // Chromium's maximum.
      maxAge: 7200,
    }),
  );
  return (req: Request, res: ChatResponse, next: NextFunction): void => {
    const { origin } = req.headers;
    if (origin === undefined || !isOriginAllowed(allowedOrigins, origin)) {
      next();
      return;
    }
    res.locals.allowedOrigin = origin;
    if (req.method === "OPTIONS") {
      answerPreflight(req, res, next);
      return;
    }
    res.set("Access-Control-Allow-Origin", origin).set("Access-Control-Expose-Headers", EXPOSED_HEADERS);
    next();
  };
}

/** Lets every page read the answer, errors included. */
export const allowAnyPage: RequestHandler = (_req, res, next) => {
  res.set("Access-Control-Allow-Origin", "*");
  next();
};

const EXPOSED_HEADERS = "Retry-After, ETag, X-Request-Id";
const OWN_HEADERS = ["Authorization", "Content-Type", SINCE_HEADER, WAIT_HEADER];

/**
 * Headers that tracing scripts add to every request of a page: W3C Trace Context and Baggage, Sentry, Zipkin, Datadog,
 * New Relic, Elastic, Jaeger, Google Cloud, AWS X-Ray, Application Insights.
 */
const TRACE_HEADER =
  /^(?:traceparent|tracestate|baggage|sentry-trace|b3|x-b3-[a-z]+|x-datadog-[a-z-]+|newrelic|elastic-apm-traceparent|uber-trace-id|x-cloud-trace-context|x-amzn-trace-id|request-id|request-context)$/;

/** The trace headers that a preflight requests. The BFF does not read them, but the page's requests carry them. */
function toTraceHeaders(req: Request): readonly string[] {
  const asked = req.get("Access-Control-Request-Headers")?.toLowerCase().split(",") ?? [];
  return asked.map((name) => name.trim()).filter((name) => TRACE_HEADER.test(name));
}

/**
 * Refuses pages that are not listed, and requests without `Origin` that another site caused. The refused page can read this
 * answer; without CORS headers, it could not tell the refusal from an outage.
 */
export function requireAllowedOrigin(log: Logger) {
  const logged = new LRUCache<string, true>({ max: LOGGED_ORIGINS_MAX, ttl: LOG_EVERY_MS });
  return (req: Request, res: ChatResponse, next: NextFunction): void => {
    const { origin } = req.headers;
    if (res.locals.allowedOrigin !== undefined || (origin === undefined && !isFromOtherSite(req))) {
      next();
      return;
    }
    if (origin) {
      if (req.method !== "OPTIONS") res.set("Access-Control-Allow-Origin", origin);
      if (!logged.has(origin)) {
        logged.set(origin, true);
        log.warn({ origin }, "page refused: its origin is not in MAILOO_CHAT_ALLOWED_ORIGINS");
      }
    }
    throw new ProblemError("origin_not_allowed");
  };
}

/** Minimum time between two log lines for one refused origin. */
const LOG_EVERY_MS = 60_000;
const LOGGED_ORIGINS_MAX = 1_000;

/**
 * A request without `Origin` comes from the BFF's own page or not from a browser, unless `Sec-Fetch-Site` says otherwise.
 */
function isFromOtherSite(req: Request): boolean {
  return ["cross-site", "same-site"].includes(req.get("Sec-Fetch-Site") ?? "");
}
