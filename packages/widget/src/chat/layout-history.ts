import type { TimelineEntry } from "../client/chat-client.ts";

/** One message with what its neighbours make of it. */
export interface HistoryRow {
  readonly entry: TimelineEntry;
  /** A day begins here, another than that which the history begins with if that is today. */
  readonly startsDay: boolean;
  /** The first of those that the visitor has not seen. */
  readonly startsUnread: boolean;
  /** First and last of a run of bubbles by one author, close in time. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The newest message of the visitor, or one that is not sent: its state is always shown. */
  readonly showsState: boolean;
}

/** A pause this long ends a run of bubbles. */
const RUN_PAUSE_MS = 5 * 60_000;

/** Where the separators stand and which bubbles belong together. Pure; the days are the visitor's own. */
export function layoutHistory(
  timeline: readonly TimelineEntry[],
  firstUnreadId: string | null,
  nowMs: number,
): readonly HistoryRow[] {
  const rows = timeline.map((entry, index) => {
    const previous = timeline[index - 1];
    const startsDay = startOfDay(previous?.createdAtMs ?? nowMs) !== startOfDay(entry.createdAtMs);
    const startsUnread = entry.id === firstUnreadId;
    return {
      entry,
      startsDay,
      startsUnread,
      isFirst:
        startsDay ||
        startsUnread ||
        previous?.author !== entry.author ||
        previous.authorName !== entry.authorName ||
        entry.createdAtMs - previous.createdAtMs > RUN_PAUSE_MS,
    };
  });
  const newestOwn = timeline.findLast(({ author }) => author === "visitor");
  return rows.map((row, index) => ({
    ...row,
    isLast: rows[index + 1]?.isFirst ?? true,
    showsState: row.entry === newestOwn || row.entry.state !== "sent",
  }));
}

/** Midnight before it, where the visitor is. */
export function startOfDay(epochMs: number): number {
  return new Date(epochMs).setHours(0, 0, 0, 0);
}
