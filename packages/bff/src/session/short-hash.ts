import { hash } from "node:crypto";

/** Bytes of a short hash. Among the some 140 ids of a cursor, 40 bits mistake a new one for a seen one once in 10¹⁰. */
export const SHORT_HASH_BYTES = 5;

const SHORT_HASH_CHARS = Math.ceil((SHORT_HASH_BYTES * 4) / 3);

/** What a cursor remembers of a message id: {@link SHORT_HASH_BYTES} bytes of its SHA-256, in base64url. */
export function shortHash(id: string): string {
  const digest = hash("sha256", id, "base64url").slice(0, SHORT_HASH_CHARS);
  return canonical(digest);
}

/** The last character carries two bits more than the bytes have; zeroed, so that equal bytes are equal strings. */
function canonical(digest: string): string {
  return Buffer.from(digest, "base64url").toString("base64url");
}
