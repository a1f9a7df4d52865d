import { createSeal, type Seal } from "../lib/seal.ts";
import type { Sender } from "../platform/client.ts";
import type { FooterEntry } from "../platform/footer.ts";

/** A message to be sent. */
export interface Send {
  readonly scope: SendScope;
  /** Scopes in which an earlier attempt may have begun. The send then continues there. @default none */
  readonly earlierScopes?: readonly SendScope[];
  /** Null: every call is a new message. */
  readonly clientMessageId: string | null;
  readonly attempt: number;
  /** Id of the newest message that the visitor knew when they wrote this one. */
  readonly after: string | null;
  /** As `normaliseContent` returns it. */
  readonly content: string;
  readonly origin: string;
  readonly sender: Sender | null;
  /** Not part of the message: an attempt with a different context is the same send. @default none */
  readonly context?: readonly FooterEntry[];
  /** Everything in `sender` was confirmed. @default false */
  readonly senderVerified?: boolean;
}

/** The scope within which a `clientMessageId` names one message. */
export type SendScope =
  /** A session that the caller holds a token for. */
  | { readonly kind: "session"; readonly sessionPublicId: string }
  /** A first message. All first messages with the same secret key go to the same session. */
  | { readonly kind: "first"; readonly visitorKey: string };

/**
 * A scope as its caller holds it. The key is a hash of the caller's secret (a session id, a visitor key). On Redis, texts
 * are kept as keyed hashes and session ids are encrypted, both under that secret. So a leaked store reveals neither, and a
 * caller with the same secret can read them again.
 */
export type SealedScope = Seal;

/** A scope as the store sees it. */
export type ScopeRef = Pick<Seal, "key">;

/** The scope of all messages of a session. */
export function createSessionScope(sessionPublicId: string): SealedScope {
  return createSeal(["session", sessionPublicId]);
}

/** The scope in which a send searches for its record first. */
export function toSealedScope(scope: SendScope): SealedScope {
  return scope.kind === "session"
    ? createSessionScope(scope.sessionPublicId)
    : createSeal(["first", scope.visitorKey]);
}
