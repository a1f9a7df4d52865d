import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { toProblem } from "../http/problems.ts";
import type { ProblemError } from "../lib/problem-error.ts";

/** How long a refused peer may take to read why. */
const LINGER_MS = 2_000;

/** Answers an upgrade with an HTTP error, on the bare socket that Node hands over. */
export function refuseUpgrade(
  socket: Duplex,
  error: ProblemError,
  requestId: string,
  corsOrigin: string | null,
): void {
  const problem = toProblem(error, requestId);
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Vary: Origin",
    `X-Request-Id: ${requestId}`,
    ...(problem.retryAfter === undefined ? [] : [`Retry-After: ${problem.retryAfter}`]),
    ...(corsOrigin === null ? [] : [`Access-Control-Allow-Origin: ${corsOrigin}`]),
  ];
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  // Nobody reads this socket any more; without this its end would never be seen.
  socket.resume();
}
