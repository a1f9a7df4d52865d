import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type ApiError, errorBody } from "../http/api-error.ts";

/** Answers an upgrade request with plain HTTP and closes the connection. */
export function refuseUpgrade(socket: Duplex, error: Pick<ApiError, "status" | "code" | "message">): void {
  const body = JSON.stringify(errorBody(error));
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? "Error"}`,
      "Connection: close",
      "Content-Type: application/json; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}
