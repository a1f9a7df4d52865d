import { SINCE_HEADER, WAIT_HEADER } from "@mailoo-chat/protocol";
import cors from "cors";
import type { NextFunction, Request } from "express";
import { judgeRequestOrigin, type OriginPattern } from "../lib/origins.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { ChatResponse } from "./problems.ts";

/**
 * Answers preflights of allowed pages, and lets these pages read all answers, errors included. Without credentials: the session
 * token is in the `Authorization` header.
 */
export function allowPages(allowedOrigins: readonly OriginPattern[]) {
  const allow = cors({
    // Only called for allowed origins.
    origin: true,
    methods: "GET, HEAD, POST, OPTIONS",
    allowedHeaders: `Authorization, Content-Type, ${SINCE_HEADER}, ${WAIT_HEADER}`,
    exposedHeaders: "Retry-After, ETag, X-Request-Id",
    // The maximum of Chromium.
    maxAge: 7200,
  });
  return (req: Request, res: ChatResponse, next: NextFunction): void => {
    res.vary("Origin");
    const { origin } = req.headers;
    if (origin === undefined || !judgeRequestOrigin(allowedOrigins, origin, undefined).allowed) {
      next();
      return;
    }
    res.locals.allowedOrigin = origin;
    allow(req, res, next);
  };
}

/** Refuses pages that are not listed, and requests without `Origin` that another site caused. */
export function requireAllowedOrigin(allowedOrigins: readonly OriginPattern[]) {
  return (req: Request, res: ChatResponse, next: NextFunction): void => {
    if (res.locals.allowedOrigin === undefined) {
      const verdict = judgeRequestOrigin(allowedOrigins, req.headers.origin, req.get("Sec-Fetch-Site"));
      if (!verdict.allowed) throw new ProblemError("origin_not_allowed");
    }
    next();
  };
}
