import {
  CLOSE,
  closeVerdict,
  HEARTBEAT_MS,
  type HelloFrame,
  READY_TIMEOUT_MS,
  SUBPROTOCOL,
} from "@mailoo-chat/protocol";
import type { LossCause } from "./connection-machine.ts";
import { parseMessage, parsePage, parseStatus, toRecord, toText } from "./parse-wire.ts";
import { type Dialled, type TransportPort, type TransportSignal, toSignal } from "./transport.ts";

/** A socket that dies sooner was not a good one. */
const PROVEN_AFTER_MS = 10_000;

/** Says hello, delivers what the server pushes, and notices a socket that has gone silent. */
export function dialSocket(port: TransportPort, url: string): Dialled {
  const { platform } = port;
  const abort = new AbortController();
  let socket: WebSocket | undefined;
  let stopWatch = () => {};
  let stopProof = () => {};
  let ready = false;
  let settling = false;
  let silenceMs = 2 * HEARTBEAT_MS;
  /** The rest of a long backlog is being fetched: until then no frame's cursor may pass it. */
  let reading = false;

  function finish(signal?: TransportSignal): void {
    if (abort.signal.aborted) return;
    abort.abort();
    stopWatch();
    stopProof();
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    if (signal) port.tell(signal);
  }

  function watch(inMs: number, cause: LossCause): void {
    stopWatch();
    stopWatch = platform.setTimer(() => finish({ type: "lost", cause }), inMs);
  }

  async function readOn(): Promise<void> {
    for (reading = true; reading; ) {
      const answer = await port.fetchPage(0, abort.signal);
      if (abort.signal.aborted) return;
      if (!answer.ok) {
        finish(toSignal(answer));
        return;
      }
      port.deliver(answer.body);
      reading = answer.body.more;
    }
  }

  function hear(text: string): void {
    const frame = toRecord(JSON.parse(text));
    // Timers of a hidden tab are late: the frames that prove the socket alive may be queued behind this one.
    if (ready) watch(silenceMs * (platform.isHidden() ? 2 : 1), "silence");
    switch (frame.type) {
      case "ready": {
        const page = parsePage(frame);
        if (!page || ready) return;
        ready = true;
        settling = frame.upstream !== "ok" && !port.cursor();
        silenceMs = 2 * (Number(frame.heartbeatMs) || HEARTBEAT_MS);
        watch(silenceMs, "silence");
        stopProof = platform.setTimer(() => port.tell({ type: "proven" }), PROVEN_AFTER_MS);
        port.deliver(page, settling);
        port.tell({ type: "ready" });
        if (page.more) void readOn();
        return;
      }
      case "message": {
        const message = parseMessage(frame.message);
        if (!message) return;
        const cursor = reading ? null : toText(frame.cursor);
        port.deliver({ messages: [message], cursor, more: false, truncated: false }, settling);
        return;
      }
      case "status":
        port.deliverStatus(parseStatus(frame.status));
        return;
      case "ping":
        socket?.send('{"type":"pong"}');
        return;
      case "session":
        if (frame.state === "closed") finish({ type: "ended", reason: "session-closed" });
        return;
      case "reconnect":
        finish({ type: "lost", cause: "asked", afterMs: Number(frame.afterMs) || 0 });
    }
  }

  watch(READY_TIMEOUT_MS, "timeout");
  try {
    socket = platform.openSocket(url, SUBPROTOCOL);
  } catch {
    // Told later, so that no dial is over before its driver knows it.
    watch(0, "refused");
    return { close: finish };
  }
  socket.onopen = () => {
    const since = port.cursor();
    const hello: HelloFrame = { type: "hello", token: port.token(), ...(since && { since }) };
    socket.send(JSON.stringify(hello));
  };
  socket.onmessage = ({ data }) => {
    try {
      hear(data);
    } catch {
      // Not JSON: nothing that this version knows.
    }
  };
  socket.onclose = ({ code }) => {
    const verdict = closeVerdict(code);
    if (verdict === "renew") finish({ type: "rejected" });
    else if (verdict === "end") {
      finish({
        type: "ended",
        reason: code === CLOSE.sessionClosed ? "session-closed" : "session-not-found",
      });
    } else {
      finish({ type: "lost", cause: verdict === "back-off" ? "busy" : ready ? "lost" : "refused" });
    }
  };
  return { close: () => finish() };
}
