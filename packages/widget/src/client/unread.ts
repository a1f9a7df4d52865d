import { OVERLAP_MS } from "@mailoo-chat/protocol";
import type { TimelineEntry } from "./chat-client.ts";
import type { ChatStorage } from "./storage.ts";

/** How far the visitor has read, in any tab: the newest confirmed message at that moment. */
export interface ReadMark {
  readonly id?: string;
  readonly createdAtMs?: number;
}

const READ = "#read";

export function toReadMark(storage: ChatStorage): ReadMark {
  return storage.get(READ);
}

/** @returns false if nothing has changed. */
export function markAsRead(storage: ChatStorage, timeline: readonly TimelineEntry[]): boolean {
  const newest = timeline.findLast((entry) => entry.state === "sent");
  if (!newest || toReadMark(storage).id === newest.id) return false;
  storage.set(READ, { id: newest.id, createdAtMs: newest.createdAtMs });
  return true;
}

/** What others have written since, by the platform's order: all tabs agree on it, before and after a reload. */
export function toUnread<Entry extends TimelineEntry>(
  entries: readonly Entry[],
  { id, createdAtMs = 0 }: ReadMark,
): readonly Entry[] {
  const place = entries.findIndex((entry) => entry.id === id);
  return entries.filter(
    (entry, index) =>
      entry.author !== "visitor" && (place < 0 ? entry.createdAtMs > createdAtMs : index > place),
  );
}

/** From somebody else, and not older than what was read; a late message may be, by no more than the overlap. */
export function isNew(entry: TimelineEntry, { createdAtMs = 0 }: ReadMark): boolean {
  return entry.author !== "visitor" && entry.createdAtMs > createdAtMs - OVERLAP_MS;
}
