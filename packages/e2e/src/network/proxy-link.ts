import { type EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Direction, NetworkFault } from "./network-fault.ts";

/** A direction with more held bytes than this stops reading until it has forwarded some. */
const HIGH_WATER_BYTES = 256 * 1024;

/** What one step of a slow line carries. */
const PACKET_BYTES = 1_400;

/** When a slow line has carried all that it was given so far, by `performance.now()`. */
export type LineBusyUntilMs = Record<Direction, number>;

/** One connection through the proxy. */
export interface ProxyLink {
  readonly ended: Promise<unknown>;
  cut(): void;
}

/** Connects a client to a server, subject to the current fault. */
export function createProxyLink(
  client: Socket,
  targetPort: number,
  currentFault: () => NetworkFault,
  faultChanged: EventEmitter,
  line: LineBusyUntilMs,
): ProxyLink {
  const upstream = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
  const stopped = new AbortController();
  let lastByteAt = performance.now();

  function cut(): void {
    stopped.abort();
    client.resetAndDestroy();
    upstream.resetAndDestroy();
  }
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    socket.on("error", cut);
  }
  const clientClosed = once(client, "close", { signal: stopped.signal }).catch(() => {});
  const upstreamClosed = once(upstream, "close", { signal: stopped.signal }).catch(() => {});

  const path = { currentFault, faultChanged, signal: stopped.signal, line };
  const touch = () => {
    lastByteAt = performance.now();
  };
  client.once("data", (first: Buffer) => {
    touch();
    if (!answerInstead(client, first, currentFault())) {
      pump(client, upstream, "to-server", path, touch, first);
    }
  });
  pump(upstream, client, "to-client", path, touch);

  const idleWatch = setInterval(() => {
    const fault = currentFault();
    if (fault.name === "idle-kill" && performance.now() - lastByteAt > fault.afterMs) cut();
  }, 50);
  const ended = Promise.all([clientClosed, upstreamClosed]).finally(() => clearInterval(idleWatch));
  // When one side closes, the other is closed.
  void Promise.race([clientClosed, upstreamClosed]).then(() => {
    if (!client.writableEnded && !client.destroyed) client.end();
    if (!upstream.writableEnded && !upstream.destroyed) upstream.end();
  });
  return { ended, cut };
}

/** Handles upgrades that must fail. @returns whether the proxy has handled the connection */
function answerInstead(client: Socket, first: Buffer, fault: NetworkFault): boolean {
  if (fault.name !== "no-upgrades" || !/\r\nupgrade: *websocket/i.test(first.toString("latin1")))
    return false;
  client.resume();
  if (fault.how === "refuse")
    client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  if (fault.how === "close") client.destroy();
  return true;
}

interface Path {
  currentFault(): NetworkFault;
  /** Emits `change` whenever the fault does. */
  readonly faultChanged: EventEmitter;
  readonly signal: AbortSignal;
  readonly line: LineBusyUntilMs;
}

/** Forwards bytes one way, in order, when the current fault lets them pass. */
function pump(
  from: Socket,
  to: Socket,
  direction: Direction,
  path: Path,
  touch: () => void,
  first: Buffer = Buffer.alloc(0),
): void {
  let tail: Promise<void> = Promise.resolve();
  let heldBytes = 0;

  const pass = (chunk: Buffer) => {
    const fault = path.currentFault();
    const isSlow = fault.name === "slow-line";
    const handshakeMs = isSlow && chunk === first ? fault.roundTripMs : 0;
    const arrivedAt = performance.now() + handshakeMs;
    const packetBytes = isSlow ? PACKET_BYTES : chunk.length;
    heldBytes += chunk.length;
    if (heldBytes > HIGH_WATER_BYTES) from.pause();
    tail = tail.then(async () => {
      for (let at = 0; at < chunk.length; at += packetBytes) {
        const packet = chunk.subarray(at, at + packetBytes);
        await untilMayPass(direction, packet.length, arrivedAt, path);
        if (!to.destroyed && !to.writableEnded) to.write(packet);
      }
      heldBytes -= chunk.length;
      if (from.isPaused() && heldBytes <= HIGH_WATER_BYTES) from.resume();
    });
    // An aborted wait means that the link is cut: held bytes are lost, as in any reset.
    tail.catch(() => {});
  };
  if (first.length > 0) pass(first);
  from.on("data", (chunk: Buffer) => {
    touch();
    pass(chunk);
  });
  from.once("end", () => {
    void tail.then(
      () => to.end(),
      () => {},
    );
  });
}

async function untilMayPass(
  direction: Direction,
  bytes: number,
  arrivedAt: number,
  path: Path,
): Promise<void> {
  for (;;) {
    const fault = path.currentFault();
    if (fault.name !== "blackhole" || (fault.direction !== "both" && fault.direction !== direction)) break;
    await once(path.faultChanged, "change", { signal: path.signal });
  }
  const fault = path.currentFault();
  if (fault.name === "delay") {
    const remainingMs = arrivedAt + fault.delayMs - performance.now();
    if (remainingMs > 0) await sleep(remainingMs, undefined, { signal: path.signal });
  }
  if (fault.name === "slow-line") {
    const startsAt = Math.max(arrivedAt, path.line[direction]);
    path.line[direction] = startsAt + (bytes / fault.bytesPerSecond) * 1000;
    const remainingMs = path.line[direction] + fault.roundTripMs / 2 - performance.now();
    if (remainingMs > 0) await sleep(remainingMs, undefined, { signal: path.signal });
  }
  if (fault.name === "throttle") {
    await sleep((bytes / fault.bytesPerSecond) * 1000, undefined, { signal: path.signal });
  }
}
