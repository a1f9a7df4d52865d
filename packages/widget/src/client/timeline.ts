import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import type { TimelineEntry } from "./chat-client.ts";
import type { OutboxEntry } from "./outbox.ts";

/**
 * What the platform has said, merged by id and `clientMessageId` only, in the platform's order: `createdAt`,
 * then the order in which messages were told last. Never by text, never by this machine's clock.
 *
 * A visitor's message that names no `clientMessageId` may be the echo of a send whose answer is still out. It is
 * held back until the sends under way at its arrival are settled, so that no text is ever seen twice.
 */
export interface TimelineLine extends TimelineEntry {
  readonly clientMessageId?: string;
  readonly createdAt: string;
  /** The `clientMessageId`s whose sends were under way when it came. */
  readonly heldBy: readonly string[];
}

/** Above this number the oldest lines go, but none of the last minute: see `dropOldest`. */
export const TIMELINE_MAX_LINES = 1_000;

/**
 * Merges messages in the order in which they came. A known message replaces its fields and adds nothing. Each goes behind
 * all others with its `createdAt`: the BFF tells messages again where the platform lists them in another order.
 *
 * @param underWay `clientMessageId`s of sends that were attempted and are not settled.
 * @param keepsOrder What is known stays where it is.
 */
export function mergeMessages(
  lines: readonly TimelineLine[],
  messages: readonly ChatMessage[],
  underWay: readonly string[],
  keepsOrder = false,
): readonly TimelineLine[] {
  const merged: (TimelineLine | undefined)[] = [...lines];
  /** By id, and by `clientMessageId` where there is one. */
  const places = new Map<string, number>();
  const note = ({ id, key }: TimelineLine, place: number) => places.set(id, place).set(key, place);
  lines.forEach(note);
  for (const message of messages) {
    const { id, clientMessageId = id } = message;
    const before = places.get(id) ?? places.get(clientMessageId) ?? merged.length;
    const line = { authorName: null, heldBy: underWay, ...merged[before], ...message };
    const place = keepsOrder ? before : merged.length;
    merged[before] = undefined;
    const told: TimelineLine = {
      ...line,
      key: line.clientMessageId ?? id,
      createdAtMs: Date.parse(line.createdAt),
      state: "sent",
      failure: null,
      heldBy: line.author !== "visitor" || line.clientMessageId ? [] : line.heldBy,
    };
    merged[place] = told;
    note(told, place);
  }
  // The sort is stable: what has the same time stays as it was told.
  const known = merged.filter((line) => line !== undefined);
  return dropOldest(known.sort((a, b) => a.createdAtMs - b.createdAtMs));
}

/**
 * Messages may come as late as the overlap, and those of the overlap may be told again, so these stay. The others go by whole
 * milliseconds: one that is told again after it was dropped is older than what is kept, and displaces nothing.
 */
function dropOldest(lines: readonly TimelineLine[]): readonly TimelineLine[] {
  const newest = lines.at(-1);
  const oldest = lines.at(-TIMELINE_MAX_LINES);
  if (!newest || !oldest) return lines;
  const fromMs = Math.min(oldest.createdAtMs, newest.createdAtMs - OVERLAP_MS);
  return lines.filter(({ createdAtMs }) => createdAtMs >= fromMs);
}

/** What the visitor sees: the confirmed in the platform's order, then own ones that are not confirmed yet. */
export function toTimelineEntries(
  lines: readonly TimelineLine[],
  outbox: readonly OutboxEntry[],
): readonly TimelineEntry[] {
  const pending = outbox.filter(({ id }) => !lines.some(({ key }) => key === id));
  const underWay = toUnderWay(pending);
  return [
    ...lines.filter(({ heldBy }) => !heldBy.some((id) => underWay.includes(id))),
    ...pending.map(
      (entry): TimelineEntry => ({
        ...entry,
        key: entry.id,
        author: "visitor",
        authorName: null,
        createdAtMs: entry.writtenAtMs,
        state: entry.failure ? "failed" : entry.claimedUntilMs && !entry.isSlow ? "sending" : "waiting",
      }),
    ),
  ];
}

/** The sends that may be on the platform although nothing has confirmed them. */
export function toUnderWay(outbox: readonly OutboxEntry[]): readonly string[] {
  return outbox.filter(({ attempt, failure }) => attempt && !failure).map(({ id }) => id);
}
