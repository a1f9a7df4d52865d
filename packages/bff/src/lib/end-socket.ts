import type { Duplex } from "node:stream";

/** How long a peer may take to read a last answer and to close its side. */
const LINGER_MS = 2_000;

/**
 * Writes a last answer to a plain socket and closes it. Node leaves its sockets half-open: without the timer, a peer that
 * never closes its side would keep the connection open.
 */
export function endSocket(socket: Duplex, answer: string): void {
  socket.end(answer);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  // If the socket is not read, its end is never detected.
  socket.resume();
}
