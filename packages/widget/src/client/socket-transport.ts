import { CLOSE, closeVerdict, READY_TIMEOUT_MS, SUBPROTOCOL } from "@mailoo-chat/protocol";
import type { LossCause, TransportSignal } from "./connection-machine.ts";
import { parseMessages, parsePage, parseStatus, toRecord } from "./parse-wire.ts";
import { type Dialled, type TransportPort, toSignal } from "./transport.ts";

/** A socket that dies sooner was not a good one. */
const PROVEN_AFTER_MS = 10_000;

/** Says hello, delivers what the server pushes, and notices a socket that has gone silent. */
export function dialSocket(port: TransportPort, url: string): Dialled {
  const { page, tell, deliver } = port;
  const { window, startTimer } = page;
  const abort = new AbortController();
  let socket: WebSocket | undefined;
  let stopProof = () => {};
  /** Silence longer than this is death; 0 until the server is ready. */
  let silenceMs = 0;
  /** The rest of a long backlog is being fetched: until then no frame's cursor may pass it. */
  let reading = false;
  let stopWatch = () => {};
  watch(READY_TIMEOUT_MS, "timeout");

  function finish(signal?: TransportSignal): void {
    silenceMs = 0;
    stopWatch();
    stopProof();
    abort.abort();
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    if (signal) tell(signal);
  }

  function lose(cause: LossCause, afterMs?: number): void {
    finish({ type: "lost", cause, ...(afterMs && { afterMs }) });
  }

  function watch(inMs: number, cause: LossCause): void {
    stopWatch();
    stopWatch = startTimer(() => lose(cause), inMs);
  }

  async function readOn(): Promise<void> {
    const answer = await port.fetchPage(0, abort);
    if (answer.body) {
      reading = answer.body.more;
      deliver(answer.body);
      if (reading) void readOn();
    } else {
      finish(toSignal(answer));
    }
  }

  function hear(frame: Record<string, unknown>): void {
    switch (frame.type) {
      case "ready": {
        const page = parsePage(frame);
        if (!page) return;
        silenceMs = 2 * Number(frame.heartbeatMs);
        stopProof = startTimer(() => tell({ type: "proven" }), PROVEN_AFTER_MS);
        reading = page.more;
        deliver(page);
        tell({ type: "ready" });
        if (reading) void readOn();
        break;
      }
      case "message":
        deliver({
          messages: parseMessages([frame.message]),
          cursor: reading ? null : (frame.cursor as string),
        });
        break;
      case "status":
        deliver({ status: parseStatus(frame.status) });
        break;
      case "ping":
        socket?.send('{"type":"pong"}');
        break;
      case "session":
        if (frame.state === "closed") finish({ type: "ended", reason: "session-closed" });
        break;
      case "reconnect":
        lose("asked", Number(frame.afterMs));
    }
  }

  try {
    socket = new window.WebSocket(url, SUBPROTOCOL);
    socket.onopen = () => socket?.send(port.toHello());
    socket.onmessage = ({ data }) => {
      try {
        hear(toRecord(JSON.parse(data)));
        // Timers of a hidden tab are late, and the frames that prove the socket alive may be queued behind them.
        if (silenceMs) watch(window.document.hidden ? 2 * silenceMs : silenceMs, "silence");
      } catch {
        // Not JSON: nothing that this version knows.
      }
    };
    socket.onclose = ({ code }) => {
      const verdict = closeVerdict(code);
      if (verdict === "renew") finish({ type: "ended", reason: "token-rejected" });
      else if (verdict === "end") {
        finish({
          type: "ended",
          reason: code === CLOSE.sessionClosed ? "session-closed" : "session-not-found",
        });
      } else {
        lose(verdict === "back-off" ? "busy" : silenceMs ? "lost" : "refused");
      }
    };
  } catch {
    // The page's policy forbids it. Told later: no dial is over before its driver knows it.
    watch(0, "refused");
  }
  return { close: () => finish() };
}
