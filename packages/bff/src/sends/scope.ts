import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from "node:crypto";
import type { Sender } from "../platform/client.ts";
import type { FooterEntry } from "../platform/footer.ts";
import { RECORD_TTL_MS } from "./timing.ts";

/** A message to be sent. */
export interface Send {
  readonly scope: SendScope;
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
  const secret = JSON.stringify(parts);
  const keyFor = (purpose: string) => createHmac("sha256", secret).update(purpose).digest();

  return {
    key: hash("sha256", secret, "base64url"),
    ttlMs: RECORD_TTL_MS,
    hashBody(content) {
      return createHmac("sha256", secret).update("body\0").update(content).digest("base64url");
    },
    seal(sessionPublicId) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyFor("session"), nonce);
      const sealed = Buffer.concat([cipher.update(sessionPublicId, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    open(sealedSession) {
      const bytes = Buffer.from(sealedSession, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv("aes-256-gcm", keyFor("session"), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return (
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
        );
      } catch {
        return null;
      }
    },
  };
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
