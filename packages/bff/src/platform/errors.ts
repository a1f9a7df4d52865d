/**
 * How a call to the platform failed. For a send there are three groups:
 *
 * - *not sent*, can be retried at once: `unreachable`, `circuit-open`, `over-budget`;
 * - *outcome unknown*, the history must be searched first: `no-answer`, `server-error`, `malformed`;
 * - *refused*, final for this attempt: the rest.
 */
export type MailooFailure =
  /** No byte was sent: connection refused, DNS, TLS, cancelled while it waited. */
  | { readonly kind: "unreachable" }
  /** Not tried: the circuit breaker is open. */
  | { readonly kind: "circuit-open"; readonly retryAfterMs: number }
  /** Not tried: the upstream budget is used up, and too many calls wait for it. */
  | { readonly kind: "over-budget"; readonly retryAfterMs: number }
  /** Sent, but without a complete answer: timeout, reset, cut off, cancelled. */
  | { readonly kind: "no-answer"; readonly timedOut: boolean }
  /** A complete answer that leaves the outcome open: a 5xx, or a 404 that may come from a gateway. */
  | {
      readonly kind: "server-error";
      readonly status: number;
      /**
       * A JSON 500: the platform itself has failed and no longer works on the request. Any other 5xx may come from a
       * gateway that gave up waiting while the platform still works.
       */
      readonly fromPlatform?: true;
      /** From `Retry-After`. */
      readonly retryAfterMs?: number;
    }
  /** A success whose body is not understood. Names keys, never values. */
  | { readonly kind: "malformed"; readonly keysSeen: readonly string[] }
  | { readonly kind: "rate-limited"; readonly retryAfterMs: number | null }
  /** 401 or 403: the key is refused, or the origin is not allowed on the integration. */
  | { readonly kind: "unauthorised"; readonly status: 401 | 403 }
  /** 404 or 410, with evidence: the platform answers the status, or the 404 persists. */
  | { readonly kind: "session-unknown" }
  /** The platform's code says that the session accepts no more messages. */
  | { readonly kind: "session-closed" }
  /** Any other 4xx, and redirects, which are never followed. */
  | { readonly kind: "refused"; readonly status: number };

export class MailooError extends Error {
  override readonly name = "MailooError";
  readonly failure: MailooFailure;
  /** The platform's own code for a refusal, such as `project_not_found`. For logs; no decision depends on it. */
  readonly platformCode: string | null;

  constructor(
    failure: MailooFailure,
    options: ErrorOptions & { readonly platformCode?: string | null } = {},
  ) {
    super(`mailoo: ${failure.kind}`, options);
    this.failure = failure;
    this.platformCode = options.platformCode ?? null;
  }
}
