import type { VisitorField } from "./visitor-fields.ts";

/**
 * Every error the BFF answers with, in one table (RFC 9457 `application/problem+json`).
 *
 * `retry` is what a client may do with the same request:
 * - `never`: it will fail again;
 * - `later`: retry after `Retry-After` or a backoff;
 * - `renew`: get a new session or identity first.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: "The request is not valid", retry: "never" },
  session_token_required: { status: 401, title: "A session token is required", retry: "renew" },
  session_token_invalid: { status: 401, title: "The session token is not valid", retry: "renew" },
  identity_invalid: { status: 401, title: "The identity token is not valid", retry: "renew" },
  origin_not_allowed: { status: 403, title: "This origin is not allowed", retry: "never" },
  challenge_required: { status: 403, title: "A challenge must be solved first", retry: "renew" },
  challenge_invalid: { status: 403, title: "The challenge solution is not valid", retry: "renew" },
  not_found: { status: 404, title: "Not found", retry: "never" },
  session_not_found: { status: 404, title: "No such session", retry: "renew" },
  method_not_allowed: { status: 405, title: "Method not allowed", retry: "never" },
  client_message_id_reused: { status: 409, title: "This message id stands for another text", retry: "never" },
  session_closed: { status: 409, title: "The session is closed", retry: "renew" },
  payload_too_large: { status: 413, title: "The request is too large", retry: "never" },
  unsupported_media_type: { status: 415, title: "Only application/json is accepted", retry: "never" },
  rate_limited: { status: 429, title: "Too many requests", retry: "later" },
  internal: { status: 500, title: "Internal error", retry: "later" },
  upstream_rejected: { status: 502, title: "The chat platform refused the request", retry: "later" },
  upstream_unavailable: { status: 503, title: "The chat platform cannot be reached", retry: "later" },
  overloaded: { status: 503, title: "The server is busy", retry: "later" },
  draining: { status: 503, title: "The server is about to restart", retry: "later" },
  upstream_timeout: { status: 504, title: "The chat platform did not answer in time", retry: "later" },
} as const satisfies Record<string, ProblemRow>;

interface ProblemRow {
  readonly status: number;
  readonly title: string;
  readonly retry: "never" | "later" | "renew";
}

export type ProblemCode = keyof typeof PROBLEMS;

/** The body of an error answer. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  /** Whole seconds; the same as the `Retry-After` header. */
  readonly retryAfter?: number;
  readonly requestId: string;
  /** With `challenge_required` only. */
  readonly challenge?: unknown;
  /** With `invalid_request`: the required visitor fields that are missing. */
  readonly fields?: readonly VisitorField[];
}

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === "string" && Object.hasOwn(PROBLEMS, value);
}
