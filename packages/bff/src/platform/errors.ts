/**
 * What went wrong between us and the platform. For a send the kinds fall in three groups:
 *
 * - *not committed*, may be sent again at once: `unreachable`, `circuit-open`, `over-budget`;
 * - *outcome unknown*, the history must be searched first: `no-answer`, `server-error`, `malformed`;
 * - *refused*, final for this attempt: the rest.
 */
export type MailooFailure =
  /** The request never reached the wire: refused connection, DNS, TLS, cancelled while it waited. */
  | { readonly kind: "unreachable" }
  /** Not tried: the platform failed too often just now. */
  | { readonly kind: "circuit-open"; readonly retryAfterMs: number }
  /** Not tried: our own budget of upstream requests is spent and too many wait for it already. */
  | { readonly kind: "over-budget"; readonly retryAfterMs: number }
  /** Reached the wire, but no complete answer came: timeout, reset, cut off, cancelled. */
  | { readonly kind: "no-answer"; readonly timedOut: boolean }
  /** A complete answer that says nothing of the request: a 5xx, or a 404 without evidence that the platform means it. */
  | {
      readonly kind: "server-error";
      readonly status: number;
      /**
       * A JSON 500: the platform itself has failed and works on the request no longer. Any other 5xx may come from a
       * gateway that gave up waiting for a platform that is still at work.
       */
      readonly fromPlatform?: true;
      /** From `Retry-After`; absent where there is none. */
      readonly retryAfterMs?: number;
    }
  /** A success whose body makes no sense. Names the keys seen, never the values. */
  | { readonly kind: "malformed"; readonly keysSeen: readonly string[] }
  | { readonly kind: "rate-limited"; readonly retryAfterMs: number | null }
  /** 401 or 403: the key is refused, or the origin is not allowed on the integration. */
  | { readonly kind: "unauthorised"; readonly status: 401 | 403 }
  /** 404 or 410, with evidence: the status is answered, or it lasts. */
  | { readonly kind: "session-unknown" }
  /** The platform's code says that the session takes no more messages. */
  | { readonly kind: "session-closed" }
  /** Any other 4xx, and redirects, which are never followed. */
  | { readonly kind: "refused"; readonly status: number };

export class MailooError extends Error {
  override readonly name = "MailooError";
  readonly failure: MailooFailure;
  /** The platform's own code for a refusal, such as `project_not_found`: for people to read, never to decide by. */
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
