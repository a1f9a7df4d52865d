import type { Browser } from "../browser.ts";
import type { TransportCallbacks } from "./connection.ts";

const POLL_EVERY_MS = 4_000;
const POLL_HIDDEN_EVERY_MS = 20_000;

/**
 * Requests new messages again and again: with long polls, which the server holds, or every few seconds.
 * Proven by the first answer; a long poll by the first that was held.
 *
 * @param heldSeconds How long the server may hold an answer. 0: plain polling.
 */
export function dialPoll(
  { window, setTimer, now }: Browser,
  heldSeconds: number,
  callbacks: TransportCallbacks,
): void {
  /** The first answer comes at once. */
  let waitSeconds = 0;

  async function poll(): Promise<void> {
    const askedAtMs = now();
    const page = await callbacks.read(waitSeconds);
    if (!page) return;
    if (waitSeconds || !heldSeconds) callbacks.prove();
    // An empty answer that comes at once was not held: never poll in a tight loop.
    const isTight = waitSeconds && !page.messages.length && now() - askedAtMs < 1_000;
    waitSeconds = page.more ? 0 : heldSeconds;
    const everyMs = window.document.hidden ? POLL_HIDDEN_EVERY_MS : POLL_EVERY_MS;
    const isNext = page.more || (heldSeconds && !isTight);
    setTimer(poll, isNext ? 0 : everyMs * (0.75 + Math.random() / 2));
  }

  void poll();
}
