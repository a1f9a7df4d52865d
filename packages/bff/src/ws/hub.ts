import {
  type ChatMessage,
  HEARTBEAT_MS,
  type MessageFrame,
  type PresenceStatus,
  type ServerFrame,
} from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import type { SessionTokens } from "../auth/session-tokens.ts";
import type { LimitsConfig } from "../config/parse-config.ts";
import type { FeedRegistry } from "../feed/registry.ts";
import { createHeartbeatWheel } from "../lib/heartbeat.ts";
import { inTurns } from "../lib/in-turns.ts";
import { createOccupancy } from "../lib/occupancy.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";

export interface SocketHubDeps {
  readonly tokens: SessionTokens;
  readonly feeds: Pick<FeedRegistry, "subscribe">;
  readonly limits: Pick<LimitsConfig, "ipSockets" | "sessionSockets" | "socketFrames">;
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly sessionHash: (sessionPublicId: string) => string;
  readonly onClosed: (code: number) => void;
  /** New readers are sent away with what this returns, if anything: overload, drain. */
  readonly refusal: () => ProblemError | null;
}

/** What the hub needs of a socket. */
export interface HubSocket {
  readonly addressBlock: string;
  readonly sessionPublicId: string | null;
  readonly openedAtMs: number;
  readonly closeCode: number;
  beat(): void;
  broadcast(frame: Buffer): void;
  dispatch(event: { readonly type: "drain"; readonly afterMs: number }): void;
  terminate(): void;
}

/** All sockets of this process, and what they share. */
export interface SocketHub {
  readonly tokens: SessionTokens;
  readonly feeds: Pick<FeedRegistry, "subscribe">;
  readonly telemetry: Telemetry;
  readonly frameLimit: RateLimit | null;
  readonly refusal: () => ProblemError | null;
  readonly frameMessage: (message: ChatMessage, cursor: string) => Buffer;

  /** Takes a place for one more socket of an address; false where it holds its share already. */
  reserve(addressBlock: string): boolean;
  /** Gives a place back that no socket came to use. */
  release(addressBlock: string): void;
  /** A socket has come through its upgrade, with a place reserved. */
  add(socket: HubSocket): void;
  /** A token has named a socket's session; false where the session holds its share already. */
  enterSession(sessionPublicId: string): boolean;
  /** From now on the socket is pinged. */
  joined(socket: HubSocket): void;
  /** The socket is closing: no more pings. */
  quieten(socket: HubSocket): void;
  /** The socket is gone. */
  leave(socket: HubSocket): void;
  /** Logs what is no refusal of ours. */
  reportUnexpected(error: unknown, message: string): void;

  broadcastStatus(status: PresenceStatus): void;
  readonly size: number;
  /** Tells every socket to come back, spread over time, and closes it. Resolves when all have been told. */
  drain(): Promise<void>;
  /** Cuts what is left. Idempotent. */
  close(): void;
}

/** The most of the spread over which sockets are told to come back, and what each one adds to it. */
const RECONNECT_SPREAD_MAX_MS = 10_000;
const RECONNECT_SPREAD_PER_SOCKET_MS = 50;
const TOLD_AT_ONCE = 50;

/** A little sooner than is promised, so that two turns of a busy process are no longer than two heartbeats. */
const BEAT_EVERY_MS = HEARTBEAT_MS - 500;

export function createSocketHub(deps: SocketHubDeps): SocketHub {
  const { tokens, feeds, telemetry, log } = deps;
  const sockets = new Set<HubSocket>();
  const byAddress = createOccupancy(deps.limits.ipSockets);
  const bySession = createOccupancy(deps.limits.sessionSockets);
  const wheel = createHeartbeatWheel<HubSocket>(BEAT_EVERY_MS, (socket) => socket.beat());

  return {
    tokens,
    feeds,
    telemetry,
    frameLimit: deps.limits.socketFrames,
    refusal: deps.refusal,
    frameMessage: createMessageFramer(),

    reserve(addressBlock) {
      if (byAddress.acquire(addressBlock)) return true;
      telemetry.limitHit("ip-sockets");
      return false;
    },

    release(addressBlock) {
      byAddress.release(addressBlock);
    },

    add(socket) {
      sockets.add(socket);
    },

    enterSession(sessionPublicId) {
      if (!bySession.acquire(sessionPublicId)) {
        telemetry.limitHit("session-sockets");
        return false;
      }
      return true;
    },

    joined(socket) {
      wheel.add(socket);
    },

    quieten(socket) {
      wheel.remove(socket);
    },

    leave(socket) {
      if (!sockets.delete(socket)) return;
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

    reportUnexpected(error, message) {
      if (!(error instanceof ProblemError)) log.error({ err: error }, message);
    },

    broadcastStatus(status) {
      const frame = Buffer.from(JSON.stringify({ type: "status", status } satisfies ServerFrame));
      void inTurns([...sockets], TOLD_AT_ONCE, (socket) => socket.broadcast(frame));
    },

    get size() {
      return sockets.size;
    },

    async drain() {
      const spreadMs = Math.min(
        RECONNECT_SPREAD_MAX_MS,
        1_000 + sockets.size * RECONNECT_SPREAD_PER_SOCKET_MS,
      );
      const stepMs = spreadMs / Math.max(1, sockets.size);
      let afterMs = Math.random() * stepMs;
      await inTurns([...sockets], TOLD_AT_ONCE, (socket) => {
        socket.dispatch({ type: "drain", afterMs: Math.round(afterMs) });
        afterMs += stepMs;
      });
    },

    close() {
      wheel.stop();
      for (const socket of [...sockets]) socket.terminate();
    },
  };
}

/**
 * Serialises message frames. A feed delivers the same message to its subscribers one after the other, mostly with the same
 * cursor: the last frame is kept, so that ten tabs cost one serialisation.
 */
export function createMessageFramer(): (message: ChatMessage, cursor: string) => Buffer {
  let last: { readonly message: ChatMessage; readonly cursor: string; readonly bytes: Buffer } | null = null;
  return (message, cursor) => {
    if (last?.message === message && last.cursor === cursor) return last.bytes;
    const frame: MessageFrame = { type: "message", message, cursor };
    last = { message, cursor, bytes: Buffer.from(JSON.stringify(frame)) };
    return last.bytes;
  };
}
