import type { WebSocket } from "ws";

export interface SocketRooms {
  join(room: string, socket: WebSocket): void;
  /** Sends to all sockets in the room. A stalled subscriber is closed instead of buffering for it. */
  send(room: string, frame: string | Buffer): void;
  size(room: string): number;
  /** Sockets open in all rooms. */
  readonly total: number;
  /** Closes every socket at once, without a close frame. */
  dropAll(): void;
  /** Drops all and stops the heartbeat. */
  close(): void;
}

export interface SocketRoomsOptions {
  /** A socket that has not answered a ping by the next one is dead. */
  readonly heartbeatMs: number;
  /** Called when a room gets its first socket or loses its last. */
  readonly onOccupancy?: (room: string) => void;
}

/** A subscriber with more bytes than this in its buffer has stalled. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Sockets by what they watch: a session or an integration. */
export function createSocketRooms({ heartbeatMs, onOccupancy }: SocketRoomsOptions): SocketRooms {
  const rooms = new Map<string, Set<WebSocket>>();
  const alive = new WeakSet<WebSocket>();
  const heartbeat = setInterval(beat, heartbeatMs);
  heartbeat.unref();

  function* everySocket(): Generator<WebSocket> {
    for (const members of rooms.values()) yield* members;
  }

  function beat(): void {
    for (const socket of everySocket()) {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }

  function dropAll(): void {
    for (const socket of [...everySocket()]) socket.terminate();
  }

  function leave(room: string, socket: WebSocket): void {
    const members = rooms.get(room);
    if (!members?.delete(socket) || members.size > 0) return;
    rooms.delete(room);
    onOccupancy?.(room);
  }

  return {
    join(room, socket) {
      alive.add(socket);
      socket.on("pong", () => alive.add(socket));
      socket.once("close", () => leave(room, socket));
      const members = rooms.get(room);
      if (members !== undefined) {
        members.add(socket);
        return;
      }
      rooms.set(room, new Set([socket]));
      onOccupancy?.(room);
    },
    send(room, frame) {
      for (const socket of rooms.get(room) ?? []) {
        if (socket.bufferedAmount > MAX_BUFFERED_BYTES) socket.terminate();
        else socket.send(frame);
      }
    },
    size: (room) => rooms.get(room)?.size ?? 0,
    get total() {
      return [...everySocket()].length;
    },
    dropAll,
    close() {
      clearInterval(heartbeat);
      const sockets = [...everySocket()];
      // Cleared first, so that closing the sandbox does not change anybody's presence.
      rooms.clear();
      for (const socket of sockets) socket.terminate();
    },
  };
}
