import { createSeal } from "../lib/seal.ts";
import type { Sender } from "../platform/client.ts";
import type { FooterEntry } from "../platform/footer.ts";
import { RECORD_TTL_MS } from "./timing.ts";

/** A message to be sent. */
export interface Send {
  readonly scope: SendScope;
  /** Scopes in which an earlier attempt may have begun. It then goes on there. @default none */
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
  /** Not a part of the message: an attempt with another context is the same send. @default none */
  readonly context?: readonly FooterEntry[];
  /** Everything in `sender` was confirmed. @default false */
  readonly senderVerified?: boolean;
}

/** The scope within which a `clientMessageId` names one message. */
export type SendScope =
  /** A session that the caller holds a token for. */
  | { readonly kind: "session"; readonly sessionPublicId: string }
  /** A first message: all with the same secret key go to the same session. */
  | { readonly kind: "first"; readonly visitorKey: string };

export interface ScopeRef {
  /** A hash. */
  readonly key: string;
  readonly ttlMs: number;
}

/**
 * A scope as the store may see it. Its key is a hash of the caller's secret (a session id, a visitor key). Texts are kept as
 * keyed hashes and session ids are encrypted, both under that secret. So a leaked store reveals neither, and a caller with the
 * same secret can read them again.
 */
export interface SealedScope extends ScopeRef {
  /** For a store outside this process. */
  hashBody(content: string): string;
  seal(sessionPublicId: string): string;
  /** Null: it was sealed under another secret, or is damaged. */
  open(sealedSession: string): string | null;
}

/** The scope of all messages of a session. */
export function createSessionScope(sessionPublicId: string): SealedScope {
  return createScope(["session", sessionPublicId]);
}

/** The scope in which a send looks for its record first. */
export function toSealedScope(scope: SendScope): SealedScope {
  return scope.kind === "session"
    ? createSessionScope(scope.sessionPublicId)
    : createScope(["first", scope.visitorKey]);
}

function createScope(parts: readonly string[]): SealedScope {
  const { key, hashText, seal, open } = createSeal(parts);
  return { key, ttlMs: RECORD_TTL_MS, hashBody: (content) => hashText("body", content), seal, open };
}
