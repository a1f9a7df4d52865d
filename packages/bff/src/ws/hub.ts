import {
  type ChatMessage,
  HEARTBEAT_MS,
  type MessageFrame,
  type PresenceStatus,
  type ServerFrame,
} from "@mailoo-chat/protocol";
import type { WebSocket } from "ws";
import type { LimitsConfig } from "../config/to-config.ts";
import { createHeartbeats } from "../lib/heartbeat.ts";
import { inTurns } from "../lib/in-turns.ts";
import { createOccupancy } from "../lib/occupancy.ts";
import { ChatSocket, type ChatSocketDeps } from "./chat-socket.ts";

export interface SocketHubDeps
  extends Pick<
    ChatSocketDeps,
    "tokens" | "feeds" | "telemetry" | "log" | "refusal" | "status" | "onSessionOver"
  > {
  readonly limits: Pick<LimitsConfig, "ipSockets" | "sessionSockets" | "socketFrames">;
  readonly sessionHash: (sessionPublicId: string) => string;
  readonly onClosed: (code: number) => void;
}

export type SocketHub = ReturnType<typeof createSocketHub>;

/** Maximum time over which reconnects are spread, and the time per socket. */
const RECONNECT_SPREAD_MAX_MS = 10_000;
const RECONNECT_SPREAD_PER_SOCKET_MS = 50;
const SOCKETS_PER_TURN = 50;

/** Slightly less than promised, so that two turns of a busy process take no longer than two heartbeats. */
const BEAT_EVERY_MS = HEARTBEAT_MS - 500;

/** All sockets of this process: their limits, heartbeats, broadcasts and shutdown. */
export function createSocketHub(deps: SocketHubDeps) {
  const { limits, telemetry, log } = deps;
  const sockets = new Set<ChatSocket>();
  const byAddress = createOccupancy(limits.ipSockets);
  const bySession = createOccupancy(limits.sessionSockets);
  const heartbeats = createHeartbeats<ChatSocket>(BEAT_EVERY_MS, (socket) => socket.beat());

  const socketDeps: ChatSocketDeps = {
    ...deps,
    frameLimit: limits.socketFrames,
    frameMessage: createMessageFramer(),
    acquireSession(sessionPublicId) {
      if (bySession.acquire(sessionPublicId)) return true;
      telemetry.limitHit("session-sockets");
      return false;
    },
    onReady: (socket) => heartbeats.add(socket),
    onClosing: (socket) => heartbeats.remove(socket),
    onGone(socket) {
      sockets.delete(socket);
      byAddress.release(socket.addressBlock);
      const session = socket.sessionPublicId;
      if (session !== null) bySession.release(session);
      const fields = {
        durationMs: Math.round(performance.now() - socket.openedAtMs),
        code: socket.closeCode,
        ...(session !== null && { session: deps.sessionHash(session) }),
      };
      log.debug(fields, "socket closed");
      deps.onClosed(socket.closeCode);
    },
  };

  return {
    /** Counts a socket of the address; false if it has reached its limit. */
    acquireAddress(addressBlock: string): boolean {
      if (byAddress.acquire(addressBlock)) return true;
      telemetry.limitHit("ip-sockets");
      return false;
    },

    /** For an upgrade that has failed; otherwise the hub releases it when the socket has closed. */
    releaseAddress(addressBlock: string): void {
      byAddress.release(addressBlock);
    },

    /** Takes over an upgraded socket whose address is acquired. */
    accept(socket: WebSocket, from: { readonly origin: string; readonly addressBlock: string }): void {
      sockets.add(new ChatSocket(socket, socketDeps, from));
    },

    broadcastStatus(status: PresenceStatus): void {
      const frame = Buffer.from(JSON.stringify({ type: "status", status } satisfies ServerFrame));
      void inTurns([...sockets], SOCKETS_PER_TURN, (socket) => socket.broadcast(frame));
    },

    get size(): number {
      return sockets.size;
    },

    /** Tells every socket to reconnect, spread over time, and closes it. Resolves when every socket is closing. */
    async drain(): Promise<void> {
      const spreadMs = Math.min(
        RECONNECT_SPREAD_MAX_MS,
        1_000 + sockets.size * RECONNECT_SPREAD_PER_SOCKET_MS,
      );
      const stepMs = spreadMs / Math.max(1, sockets.size);
      let afterMs = Math.random() * stepMs;
      await inTurns([...sockets], SOCKETS_PER_TURN, (socket) => {
        socket.drain(Math.round(afterMs));
        afterMs += stepMs;
      });
    },

    /** Terminates all sockets. Idempotent. */
    close(): void {
      heartbeats.stop();
      for (const socket of [...sockets]) socket.terminate();
    },
  };
}

/**
 * Serialises message frames. A feed delivers the same message to its subscribers one after the other, usually with the same
 * cursor, so the last frame is kept: ten tabs cost one serialisation.
 */
function createMessageFramer(): ChatSocketDeps["frameMessage"] {
  let last: { readonly message: ChatMessage; readonly cursor: string; readonly bytes: Buffer } | null = null;
  return (message, cursor) => {
    if (last?.message === message && last.cursor === cursor) return last.bytes;
    const frame: MessageFrame = { type: "message", message, cursor };
    last = { message, cursor, bytes: Buffer.from(JSON.stringify(frame)) };
    return last.bytes;
  };
}
