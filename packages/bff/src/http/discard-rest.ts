import type { IncomingMessage } from "node:http";

/** How long a caller may go on sending what nobody reads any more. */
const PATIENCE_MS = 2_000;

/**
 * Reads the rest of a request into nothing, after its answer has been decided. To close at once would reset the
 * connection under a caller who is still sending, and with it the answer that says why.
 */
export function discardRest(req: IncomingMessage): void {
  if (req.complete) return;
  const timer = setTimeout(() => req.socket.destroy(), PATIENCE_MS);
  req.once("close", () => clearTimeout(timer));
  req.resume();
}
