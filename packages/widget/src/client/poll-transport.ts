import { type Dialled, type TransportPort, toSignal } from "./transport.ts";

const POLL_EVERY_MS = 4_000;
const POLL_HIDDEN_EVERY_MS = 20_000;

/** Presence is pushed on sockets only: ask after so many polls, which is about once a minute. */
const STATUS_EVERY_POLLS = 15;
const STATUS_EVERY_LONG_POLLS = 3;

/**
 * Asks for what is new, again and again: held by the server where long polls work, else every few seconds.
 * Proven by the first answer; a long poll by the first that the server has held.
 *
 * @param heldSeconds How long the server may hold an answer. 0: plain polling.
 */
export function dialPoll({ page, tell, ...port }: TransportPort, heldSeconds: number): Dialled {
  const abort = new AbortController();
  let closed = false;
  let stopPause = () => {};

  async function poll(polls: number, waitSeconds: number): Promise<void> {
    const askedAtMs = Date.now();
    const answer = await port.fetchPage(waitSeconds, abort);
    if (closed) return;
    if (!answer.body) return tell(toSignal(answer));
    const { more, messages } = answer.body;
    port.deliver(answer.body);
    if (!polls) tell({ type: "ready" });
    if (waitSeconds || !heldSeconds) tell({ type: "proven" });
    if (polls && polls % (heldSeconds ? STATUS_EVERY_LONG_POLLS : STATUS_EVERY_POLLS) === 0)
      port.refreshStatus();
    // A held poll that comes back empty at once was not held: never ask in a tight loop.
    const tight = waitSeconds && !messages.length && Date.now() - askedAtMs < 1_000;
    const next = () => void poll(polls + 1, more ? 0 : heldSeconds);
    if (more || (heldSeconds && !tight)) return next();
    const everyMs = page.window.document.hidden ? POLL_HIDDEN_EVERY_MS : POLL_EVERY_MS;
    stopPause = page.startTimer(next, everyMs * (0.75 + Math.random() / 2));
  }

  void poll(0, 0);
  return {
    close() {
      closed = true;
      stopPause();
      abort.abort();
    },
  };
}
