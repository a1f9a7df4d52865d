import type { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";

/** Waits, at most until the connection closes. Resolves to false if it has closed. */
export async function waitUnlessGone(waitInMs: number, connection: EventEmitter): Promise<boolean> {
  if (waitInMs <= 0) return true;
  const gone = new AbortController();
  const abort = () => gone.abort();
  connection.once("close", abort);
  try {
    await wait(waitInMs, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    connection.off("close", abort);
  }
}
