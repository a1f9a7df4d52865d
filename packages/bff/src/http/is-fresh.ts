import type { IncomingMessage } from "node:http";

/**
 * Whether the caller holds this version already. Express's own `req.fresh` gives way to `Cache-Control: no-cache`, which
 * `fetch` adds by itself wherever a page asks with `If-None-Match`.
 */
export function isFresh(req: IncomingMessage, etag: string): boolean {
  const known = req.headers["if-none-match"];
  if (known === undefined) return false;
  return known.trim() === "*" || known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
