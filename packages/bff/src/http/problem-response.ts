import type { ServerResponse } from "node:http";
import { PROBLEMS, type Problem, type ProblemCode } from "@mailoo-chat/protocol";
import { ProblemError } from "../problem-error.ts";
import { sendJson } from "./send-json.ts";

/** What `Retry-After` says where the thrower knew no better. */
const DEFAULT_RETRY_AFTER_SECONDS: Partial<Record<ProblemCode, number>> = {
  rate_limited: 1,
  upstream_unavailable: 5,
  overloaded: 2,
  draining: 1,
};

export function toProblem(error: ProblemError, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code];
  const retryAfter = error.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS[error.code];
  return {
    type: `urn:mailoo-chat:problem:${error.code}`,
    title,
    status,
    code: error.code,
    ...(error.detail !== undefined && { detail: error.detail }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(error.challenge !== undefined && { challenge: error.challenge }),
    ...(error.fields !== undefined && { fields: error.fields }),
    requestId,
  };
}

/** Whatever was thrown, as an expected failure. What we did not expect is `internal`, and says no more to the outside. */
export function toProblemError(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError("internal", { cause: error });
}

export function sendProblem(res: ServerResponse, error: ProblemError, requestId: string): void {
  const problem = toProblem(error, requestId);
  if (problem.retryAfter !== undefined) res.setHeader("Retry-After", String(problem.retryAfter));
  res.setHeader("Cache-Control", "no-store");
  sendJson(res, problem.status, problem, "application/problem+json");
}
