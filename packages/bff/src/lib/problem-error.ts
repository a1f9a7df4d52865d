import { PROBLEMS, type ProblemCode, type VisitorField } from "@mailoo-chat/protocol";

export interface ProblemOptions extends ErrorOptions {
  /** One sentence for a developer. Never holds a value from the platform, a token or message text. */
  readonly detail?: string;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds?: number;
  /** With `challenge_required` only. */
  readonly challenge?: unknown;
  /** Fields of the visitor that the owner asks for and that are missing. */
  readonly fields?: readonly VisitorField[];
}

/** An expected failure, thrown anywhere below a route and answered as `application/problem+json`. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly challenge: unknown;
  readonly fields: readonly VisitorField[] | undefined;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(PROBLEMS[code].title, options);
    this.code = code;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.challenge = options.challenge;
    this.fields = options.fields;
  }
}
