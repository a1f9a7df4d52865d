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
  const length = Buffer.byteLength(text);
  res.statusCode = status;
  res.setHeader("Content-Type", contentType);
  res.setHeader("Content-Length", length);
  if (res.req.method === "HEAD") res.end();
  // As a string: Node then writes head and body in one piece, and fastest where each character is a byte.
  else res.end(text, length === text.length ? "latin1" : "utf8");
}
