import { hash } from "node:crypto";

/** What a cursor remembers of a message: a number of {@link SHORT_HASH_BYTES} bytes. */
export type ShortHash = number;

/** Bytes of a short hash. Among the some 140 of a cursor, 40 bits mistake a new message for a seen one once in 10¹⁰. */
export const SHORT_HASH_BYTES = 5;

/**
 * The first {@link SHORT_HASH_BYTES} bytes of a SHA-256. The time is part of it, so that a reader who was handed a
 * provisional `createdAt` is handed the message again when it resumes.
 */
export function shortHash(id: string, createdMs: number): ShortHash {
  const hex = hash("sha256", `${createdMs} ${id}`, "hex");
  return Number.parseInt(hex.slice(0, 2 * SHORT_HASH_BYTES), 16);
}
