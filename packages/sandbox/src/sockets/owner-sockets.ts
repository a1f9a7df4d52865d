import type { WebSocket } from "ws";
import { toMessageJson, toSummaryJson } from "../http/owner-json.ts";
import type { Platform } from "../platform/create-platform.ts";
import type { ChatSession } from "../platform/models.ts";
import { createSocketRooms } from "./socket-rooms.ts";

/** Owners watch an integration: its messages, its sessions as the list shows them, its presence. */
export interface OwnerSockets {
  join(integrationId: string, socket: WebSocket): void;
  has(integrationId: string): boolean;
  readonly open: number;
  dropAll(): void;
  close(): void;
}

export function createOwnerSockets(platform: Platform, heartbeatMs: number): OwnerSockets {
  const rooms = createSocketRooms({ heartbeatMs, onOccupancy: announcePresence });

  platform.onMessages((session, messages) => {
    if (rooms.size(session.integrationId) === 0) return;
    for (const message of messages) tell(session.integrationId, "message", toMessageJson(message));
    announceSession(session);
  });
  platform.onRead(announceSession);
  platform.onPresence(announcePresence);

  function announceSession(session: ChatSession): void {
    tell(session.integrationId, "session", toSummaryJson(platform.summarise(session)));
  }

  function announcePresence(integrationId: string): void {
    const integration = platform.integrations.findIntegration(integrationId);
    if (integration !== null) tell(integrationId, "presence", { presence: integration.presence });
  }

  function tell(integrationId: string, type: string, payload: unknown): void {
    if (rooms.size(integrationId) > 0) rooms.send(integrationId, JSON.stringify({ type, payload }));
  }

  return {
    join: rooms.join,
    has: (integrationId) => rooms.size(integrationId) > 0,
    get open() {
      return rooms.total;
    },
    dropAll: rooms.dropAll,
    close: rooms.close,
  };
}
