import { hash } from "node:crypto";

/** Bytes of a short hash. Among the some 140 of a cursor, 40 bits mistake a new message for a seen one once in 10¹⁰. */
export const SHORT_HASH_BYTES = 5;

/**
 * What a cursor remembers of a message: {@link SHORT_HASH_BYTES} bytes of a SHA-256, in base64url. The time is part of it,
 * so that a reader who was handed a provisional `createdAt` is handed the message again when it resumes.
 */
export function shortHash(id: string, createdMs: number): string {
  return hash("sha256", `${createdMs} ${id}`, "buffer").toString("base64url", 0, SHORT_HASH_BYTES);
}
