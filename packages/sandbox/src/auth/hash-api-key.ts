import { createHash } from "node:crypto";

/** How a key is kept: a data file never holds the key itself. */
export function hashApiKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
