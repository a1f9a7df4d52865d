import type { WebSocket } from "ws";
import type { FaultBoard } from "../faults/fault-board.ts";
import type { KeyEcho } from "../http/key-echo.ts";
import type { Platform } from "../platform/create-platform.ts";
import type { StoredMessage } from "../platform/models.ts";
import { createSocketRooms } from "./socket-rooms.ts";
import { visitorFrames } from "./visitor-frames.ts";

/** Visitors watch their session: the messages of both sides, subject to the fault switches. */
export interface VisitorSockets {
  join(sessionPublicId: string, socket: WebSocket): void;
  readonly open: number;
  dropAll(): void;
  close(): void;
}

export function createVisitorSockets(
  platform: Platform,
  faults: FaultBoard,
  keyEcho: KeyEcho,
  heartbeatMs: number,
): VisitorSockets {
  const rooms = createSocketRooms({ heartbeatMs });
  const delayedPushes = new Set<NodeJS.Timeout>();

  platform.onMessages((session, messages) => push(session.publicId, messages));
  const stopWatchingFaults = faults.onChange(({ sockets }) => {
    if (sockets === "drop" || sockets === "refuse") rooms.dropAll();
  });

  function push(sessionPublicId: string, messages: readonly StoredMessage[]): void {
    if (rooms.size(sessionPublicId) === 0 || faults.losesPush()) return;
    const frames = framesFor(sessionPublicId, messages);
    const sendAll = () => {
      for (const frame of frames) rooms.send(sessionPublicId, frame);
    };
    const { pushDelayMs } = faults.settings;
    if (pushDelayMs === 0) {
      sendAll();
      return;
    }
    const timer = setTimeout(() => {
      delayedPushes.delete(timer);
      sendAll();
    }, pushDelayMs);
    delayedPushes.add(timer);
  }

  function framesFor(sessionPublicId: string, fresh: readonly StoredMessage[]): readonly (string | Buffer)[] {
    const { settings, dialect } = faults;
    const replayed = settings.replay === 0 ? [] : lastBefore(sessionPublicId, fresh[0], settings.replay);
    return visitorFrames(fresh, { settings, dialect, replayed, lastKey: keyEcho.last });
  }

  function lastBefore(sessionPublicId: string, first: StoredMessage | undefined, count: number) {
    const session = platform.findSession(sessionPublicId);
    if (session === null) return [];
    return platform.listHistory(session, { before: first?.id ?? null, limit: count }).messages;
  }

  return {
    join(sessionPublicId, socket) {
      rooms.join(sessionPublicId, socket);
      if (faults.settings.replay === 0) return;
      for (const frame of framesFor(sessionPublicId, [])) socket.send(frame);
    },
    get open() {
      return rooms.total;
    },
    dropAll: rooms.dropAll,
    close() {
      stopWatchingFaults();
      for (const timer of delayedPushes) clearTimeout(timer);
      delayedPushes.clear();
      rooms.close();
    },
  };
}
