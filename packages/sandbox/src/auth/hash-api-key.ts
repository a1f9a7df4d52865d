import { createHash } from "node:crypto";

/** A data file holds only the hash of a key. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
