import { CLOSE, type MessagePage, type ServerFrame, SUBPROTOCOL } from "@mailoo-chat/protocol";
import type { Browser } from "../browser.ts";
import type { TransportCallbacks } from "./connection.ts";
import { toEnd } from "./end-reason.ts";

/** A socket that dies sooner was not a good one. */
const PROVEN_AFTER_MS = 10_000;

/** How often to compare the deadline with the clock: unlike timers, the clock goes on while the machine sleeps. */
const LOOK_EVERY_MS = 5_000;

/**
 * Says hello, delivers what the server pushes, and notices a socket that has gone silent. `session` frames are ignored: the
 * socket is closed after them with a code that says the same.
 */
export function dialSocket(
  { window, setTimer, now }: Browser,
  url: string,
  toHello: () => string,
  callbacks: TransportCallbacks,
): void {
  const { signal, deliver, lose, timeoutMs } = callbacks;
  /** A socket that is silent for longer has died; 0 until the server is ready. */
  let silenceMs = 0;
  /** The rest of a long backlog is being fetched: until then no frame's cursor may pass it. */
  let isReading = false;
  /** What was missed is still coming. */
  let isBehind = false;
  /** Until then the socket must be open, then ready, then there must be another frame. */
  let deadlineMs = now() + timeoutMs;

  function look(): void {
    if (signal.aborted) return;
    const leftMs = deadlineMs - now();
    if (leftMs > 0) setTimer(look, Math.min(leftMs, LOOK_EVERY_MS));
    else lose(silenceMs ? "silence" : "timeout");
  }

  /** From a server that does not send pages. */
  async function readOn(page: MessagePage | undefined): Promise<void> {
    isReading = isBehind = !!page?.more;
    if (isReading) await readOn(await callbacks.read(0));
  }

  function receive(frame: ServerFrame): void {
    switch (frame.type) {
      case "ready":
        silenceMs = 2 * frame.heartbeatMs;
        setTimer(callbacks.prove, PROVEN_AFTER_MS);
        isBehind = frame.more;
        deliver(frame);
        if (!frame.pages) void readOn(frame);
        break;
      case "page":
        isBehind = frame.more;
        deliver(frame);
        break;
      case "message":
        deliver({ messages: [frame.message], cursor: isReading ? null : frame.cursor, more: isBehind });
        break;
      case "status":
        deliver({ status: frame.status });
        break;
      case "ping":
        socket.send('{"type":"pong"}');
        break;
      case "reconnect":
        lose("asked", frame.afterMs);
    }
  }

  let socket: WebSocket;
  try {
    socket = new window.WebSocket(url, SUBPROTOCOL);
  } catch {
    // The page's policy forbids it.
    lose("refused");
    return;
  }
  look();
  signal.addEventListener("abort", () => socket.close());
  socket.onopen = () => {
    deadlineMs = now() + timeoutMs;
    socket.send(toHello());
  };
  socket.onmessage = ({ data }) => {
    try {
      receive(JSON.parse(data));
      // The timers of a hidden tab are late, and frames may be queued behind them.
      if (silenceMs) deadlineMs = now() + (window.document.hidden ? 2 * silenceMs : silenceMs);
    } catch {
      // Not a frame that this version knows.
    }
  };
  socket.onclose = ({ code }) => {
    const isBusy = code === CLOSE.tryAgainLater || code === CLOSE.tooMany;
    lose(isBusy ? "busy" : silenceMs ? "lost" : "refused", 0, toEnd(code));
  };
}
