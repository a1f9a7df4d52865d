import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from "node:crypto";

/** Hashes and encrypts the data of one secret, for a store that must not learn it. */
export interface Seal {
  /** A hash of the secret. */
  readonly key: string;
  /** A keyed hash of a text. Computing it requires the secret. */
  hashBody(text: string): string;
  seal(text: string): string;
  /** Null: it was sealed under another secret, or is damaged. */
  open(sealed: string): string | null;
}

/** @param parts the secret: at least one of them cannot be guessed */
export function createSeal(parts: readonly string[]): Seal {
  const secret = JSON.stringify(parts);
  // Derived on demand, because most scopes only compare hashes.
  const toKey = () => createHmac("sha256", secret).update("session").digest();

  return {
    key: hash("sha256", secret, "base64url"),
    hashBody: (text) => createHmac("sha256", secret).update("body\0").update(text).digest("base64url"),
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", toKey(), nonce);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv("aes-256-gcm", toKey(), bytes.subarray(0, NONCE_BYTES), {
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
