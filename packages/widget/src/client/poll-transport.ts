import type { TransportName } from "./chat-client.ts";
import { type Dialled, type TransportPort, toSignal } from "./transport.ts";

const POLL_EVERY_MS = 4_000;
const POLL_HIDDEN_EVERY_MS = 20_000;

/** Presence is pushed on sockets only. */
const STATUS_EVERY_MS = 60_000;

/**
 * Asks for what is new, again and again: held by the server where long polls work, else every few seconds.
 * Proven by the first answer; a long poll by the first that the server has held.
 */
export function dialPoll(port: TransportPort, transport: TransportName): Dialled {
  const { platform } = port;
  const abort = new AbortController();
  const heldSeconds = transport === "poll" ? 0 : port.realtime.longPollSeconds;

  let stopPause = () => {};

  async function run(): Promise<void> {
    let statusAtMs = platform.now();
    for (let answers = 0, more = false; ; answers++) {
      const waitSeconds = answers && !more ? heldSeconds : 0;
      const askedAtMs = platform.now();
      const answer = await port.fetchPage(waitSeconds, abort.signal);
      if (abort.signal.aborted) return;
      if (!answer.ok) {
        port.tell(toSignal(answer));
        return;
      }

      more = answer.body.more;
      port.deliver(answer.body);
      if (!answers) port.tell({ type: "ready" });
      if (waitSeconds || !heldSeconds) port.tell({ type: "proven" });
      if (platform.now() - statusAtMs > STATUS_EVERY_MS) {
        statusAtMs = platform.now();
        port.fetchStatus();
      }
      // A held poll that comes back empty at once was not held: never ask in a tight loop.
      const tight = waitSeconds && !answer.body.messages.length && platform.now() - askedAtMs < 1_000;
      if (!more && (!heldSeconds || tight)) await pause();
    }
  }

  function pause(): Promise<void> {
    const everyMs = platform.isHidden() ? POLL_HIDDEN_EVERY_MS : POLL_EVERY_MS;
    return new Promise((resolve) => {
      stopPause = platform.setTimer(resolve, everyMs * (0.75 + platform.random() / 2));
    });
  }

  void run();
  return {
    close() {
      abort.abort();
      stopPause();
    },
  };
}
