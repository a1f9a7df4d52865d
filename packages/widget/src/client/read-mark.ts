import type { TimelineEntry } from "./chat-client.ts";
import type { ChatStorage } from "./chat-storage.ts";
import { toText } from "./parse-wire.ts";

/** How far the visitor has read, in any tab: the newest confirmed message at that moment. */
export interface ReadMark {
  /** Marks everything as read. False where it was already. */
  set(entries: readonly TimelineEntry[]): boolean;
  /** What others have written since. Placed by the platform's order, so all tabs agree. */
  unreadIn(entries: readonly TimelineEntry[]): readonly TimelineEntry[];
}

const READ = "#read";

export function createReadMark(storage: ChatStorage): ReadMark {
  return {
    set(entries) {
      const newest = entries.findLast(({ state }) => state === "sent");
      if (!newest || storage.read(READ)?.id === newest.id) return false;
      storage.write(READ, { id: newest.id, createdAtMs: newest.createdAtMs });
      return true;
    },
    unreadIn(entries) {
      const mark = storage.read(READ);
      const id = toText(mark?.id);
      const atMs = Number(mark?.createdAtMs) || 0;
      const place = entries.findIndex((entry) => entry.id === id);
      return entries.filter(
        ({ author, createdAtMs }, index) =>
          author !== "visitor" && (place < 0 ? createdAtMs > atMs : index > place),
      );
    },
  };
}
