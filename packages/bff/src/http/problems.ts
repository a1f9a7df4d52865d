import { PROBLEMS, type Problem, type ProblemCode } from "@mailoo-chat/protocol";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { ProblemError } from "../lib/problem-error.ts";

/** Set in `res.locals` by middleware, for later handlers and the log. */
interface ChatLocals {
  requestId: string;
  /** The request's `Origin`, if it is allowed. */
  allowedOrigin?: string;
  /** From a valid token. */
  sessionPublicId?: string;
  /** A body parser of the host application has read the body. */
  isParsedByHost?: boolean;
  /** The error in the answer. */
  problem?: ProblemError;
}

export type ChatResponse = Response<unknown, ChatLocals>;

/** A handler of a route. Errors that it throws are answered as problems. */
export type ChatHandler = (req: Request, res: ChatResponse) => Promise<void> | void;

/** `Retry-After` of problems without their own. */
const DEFAULT_RETRY_AFTER_MS: Partial<Record<ProblemCode, number>> = {
  rate_limited: 1_000,
  upstream_unavailable: 5_000,
  overloaded: 2_000,
  draining: 1_000,
};

/** RFC 9457. */
export function toProblem(error: ProblemError, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code];
  const retryAfterMs = error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS[error.code];
  return {
    type: `urn:mailoo-chat:problem:${error.code}`,
    title,
    status,
    code: error.code,
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(retryAfterMs !== undefined && { retryAfter: Math.max(1, Math.ceil(retryAfterMs / 1000)) }),
    ...(error.fields !== undefined && { fields: error.fields }),
    ...(error.challenge !== undefined && { challenge: error.challenge }),
    requestId,
  };
}

/** An unexpected error becomes `internal`, which gives the caller no details. */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  return toBodyProblem(error) ?? new ProblemError("internal", { cause: error });
}

/** Converts errors of `express.json()`. Their messages may quote the body, so they are not used. */
function toBodyProblem(error: unknown): ProblemError | null {
  if (!(error instanceof Error) || !("type" in error) || !("status" in error)) return null;
  switch (error.status) {
    case 413:
      return new ProblemError("payload_too_large");
    case 415:
      return new ProblemError("unsupported_media_type");
    case 400:
      return new ProblemError("invalid_request", { detail: "the body is not JSON in UTF-8" });
    default:
      return null;
  }
}

export const notFound: RequestHandler = () => {
  throw new ProblemError("not_found");
};

/** The last handler of a route: answers `OPTIONS` and refuses other methods, both with `Allow`. */
export function allowOnly(...methods: readonly string[]): RequestHandler {
  const allow = [...methods, "OPTIONS"].join(", ");
  return (req, res, next) => {
    if (methods.includes(req.method)) return next();
    res.set("Allow", allow);
    if (req.method !== "OPTIONS") throw new ProblemError("method_not_allowed");
    res.status(204).end();
  };
}

/** The only error handler. */
export function answerProblem(error: unknown, _req: Request, res: ChatResponse, _next: NextFunction): void {
  const problem = toProblemError(error);
  res.locals.problem = problem;
  if (res.headersSent) {
    // A truncated answer must not look complete.
    if (!res.writableEnded) res.destroy();
    return;
  }
  const body = toProblem(problem, res.locals.requestId);
  if (body.retryAfter !== undefined) res.set("Retry-After", String(body.retryAfter));
  res.status(body.status).set("Cache-Control", "no-store");
  // `res.json` would add a charset, which this media type does not have.
  res.setHeader("Content-Type", "application/problem+json");
  res.end(JSON.stringify(body));
}
