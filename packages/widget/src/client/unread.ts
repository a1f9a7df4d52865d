import type { TimelineEntry } from "./chat-client.ts";

/** How far the visitor has read, in any tab: the newest confirmed message at that moment. */
export interface ReadMark {
  readonly id?: string;
  readonly createdAtMs?: number;
}

/** What others have written since, by the platform's order: so all tabs agree, before and after a reload. */
export function toUnread(entries: readonly TimelineEntry[], mark: ReadMark): readonly TimelineEntry[] {
  const place = entries.findIndex(({ id }) => id === mark.id);
  return entries.filter(
    ({ author, createdAtMs }, index) =>
      author !== "visitor" && (place < 0 ? createdAtMs > (mark.createdAtMs ?? 0) : index > place),
  );
}
