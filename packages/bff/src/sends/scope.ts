import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from "node:crypto";
import type { Sender } from "../platform/client.ts";
import { RECORD_TTL_MS } from "./timing.ts";

export interface Send {
  readonly scope: SendScope;
  /** Null: every call is a new message. */
  readonly clientMessageId: string | null;
  readonly attempt: number;
  readonly after: string | null;
  /** As `normaliseContent` leaves it. */
  readonly content: string;
  readonly origin: string;
  readonly sender: Sender | null;
}

/** Within which a `clientMessageId` names one message. */
export type SendScope =
  /** A session that the caller holds a token for. */
  | { readonly kind: "session"; readonly sessionPublicId: string }
  /** A first message: all that come with the same secret key land in the same session. */
  | { readonly kind: "first"; readonly visitorKey: string };

export interface ScopeRef {
  /** A hash. */
  readonly key: string;
  readonly ttlMs: number;
}

/**
 * A scope as the store may see it. Its key is a hash of what the caller knows (a session id, a visitor key); what
 * the store keeps of the text is a keyed hash, and what it keeps of the session is sealed, both under that same
 * knowledge. Whoever reads the store learns neither, and whoever comes back with the same knowledge opens it.
 */
export interface SealedScope extends ScopeRef {
  /** For a store that is read by others than this process. */
  hashBody(content: string): string;
  seal(sessionPublicId: string): string;
  /** Null where it was sealed under other knowledge, or is damaged. */
  open(sealedSession: string): string | null;
}

/** The scope of everything that is sent in a session. */
export function createSessionScope(sessionPublicId: string): SealedScope {
  return createScope(["session", sessionPublicId], RECORD_TTL_MS);
}

/** The scope in which a send looks for its record first. */
export function createSealedScope(send: Send): SealedScope {
  switch (send.scope.kind) {
    case "session":
      return createSessionScope(send.scope.sessionPublicId);
    case "first":
      return createScope(["first", send.scope.visitorKey], RECORD_TTL_MS);
  }
}

function createScope(parts: readonly string[], ttlMs: number): SealedScope {
  const knowledge = JSON.stringify(parts);
  const keyFor = (purpose: string) => createHmac("sha256", knowledge).update(purpose).digest();

  return {
    key: hash("sha256", knowledge, "base64url"),
    ttlMs,
    hashBody(content) {
      return createHmac("sha256", knowledge).update("body\0").update(content).digest("base64url");
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
