import { PROBLEMS, type ProblemCode, type VisitorField } from "@mailoo-chat/protocol";

export interface ProblemOptions extends ErrorOptions {
  /** One sentence for a developer. Never contains a value from the platform, a token or a message. */
  readonly detail?: string;
  /** Null or undefined: none. The answer has whole seconds, at least 1. */
  readonly retryAfterMs?: number | null;
  /** With `challenge_required` only. */
  readonly challenge?: unknown;
  /** Required fields of the visitor that are missing. */
  readonly fields?: readonly VisitorField[];
}

/** An expected failure. Thrown anywhere below a route, and answered as `application/problem+json`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly retryAfterMs: number | null;
  readonly challenge: unknown;
  readonly fields: readonly VisitorField[] | undefined;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(PROBLEMS[code].title, options);
    this.code = code;
    this.detail = options.detail;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.challenge = options.challenge;
    this.fields = options.fields;
  }
}

/** The platform does not know the session, or accepts no more messages in it. */
export function isSessionOver(error: unknown): boolean {
  return (
    error instanceof ProblemError && (error.code === "session_not_found" || error.code === "session_closed")
  );
}
