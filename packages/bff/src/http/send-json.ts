import type { ServerResponse } from "node:http";

/**
 * Answers with JSON. Written by hand because Express would hash every body for an ETag that `no-store` answers
 * cannot use.
 */
export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  contentType = "application/json; charset=utf-8",
): void {
  const text = JSON.stringify(body);
  res.statusCode = status;
  res.setHeader("Content-Type", contentType);
  res.setHeader("Content-Length", Buffer.byteLength(text));
  // As a string: Node then writes head and body in one piece.
  res.end(res.req.method === "HEAD" ? undefined : text);
}
