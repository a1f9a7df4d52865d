import { OVERLAP_MS } from "@mailoo-chat/protocol";
import type { TimelineEntry } from "./chat-client.ts";

/** How far the visitor has read, in any tab: the newest confirmed message at that moment. */
export interface ReadMark {
  readonly id?: string;
  readonly createdAtMs?: number;
}

/** What others have written since, by the platform's order: so all tabs agree, before and after a reload. */
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

/** Of somebody else, and not from before what was read; where it was late, by no more than the platform's messages may be. */
export function isNew(entry: TimelineEntry, { createdAtMs = 0 }: ReadMark): boolean {
  return entry.author !== "visitor" && entry.createdAtMs > createdAtMs - OVERLAP_MS;
}
