import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import type { TimelineEntry } from "./chat-client.ts";
import type { OutboxEntry } from "./outbox.ts";

/**
 * A message of the platform. Messages are merged by id and `clientMessageId` only and stand in the platform's order:
 * `createdAt`, then the order in which they were received last. Never by text, never by this machine's clock.
 *
 * A visitor's message without a `clientMessageId` may be the echo of a send that is not answered yet. It is
 * held back until the sends under way at its arrival are settled, so that no text is ever shown twice.
 */
export interface TimelineMessage extends TimelineEntry {
  readonly clientMessageId?: string;
  readonly createdAt: string;
  /** The `clientMessageId`s of the sends that were under way when it arrived. */
  readonly heldBy: readonly string[];
}

/** Overflow rule: beyond this number the oldest messages are dropped, but none of the last minute. */
export const TIMELINE_MAX_MESSAGES = 1_000;

/**
 * Merges messages in the order in which they came. A known message replaces its fields and adds nothing. Each goes behind
 * all others with its `createdAt`: the BFF repeats messages if the platform lists them in another order.
 *
 * @param underWay `clientMessageId`s of sends that were attempted and are not settled.
 * @param keepsOrder Known messages keep their places.
 */
export function mergeMessages(
  known: readonly TimelineMessage[],
  received: readonly ChatMessage[],
  underWay: readonly string[],
  keepsOrder = false,
): readonly TimelineMessage[] {
  const merged: (TimelineMessage | undefined)[] = [...known];
  /** By id, and by `clientMessageId` where there is one. */
  const places = new Map<string, number>();
  const note = ({ id, key }: TimelineMessage, place: number) => places.set(id, place).set(key, place);
  known.forEach(note);
  for (const message of received) {
    const { id, clientMessageId = id } = message;
    const before = places.get(id) ?? places.get(clientMessageId) ?? merged.length;
    const entry = { authorName: null, heldBy: underWay, ...merged[before], ...message };
    const place = keepsOrder ? before : merged.length;
    merged[before] = undefined;
    const next: TimelineMessage = {
      ...entry,
      key: entry.clientMessageId ?? id,
      createdAtMs: Date.parse(entry.createdAt),
      state: "sent",
      failure: null,
      heldBy: entry.author !== "visitor" || entry.clientMessageId ? [] : entry.heldBy,
    };
    merged[place] = next;
    note(next, place);
  }
  // The sort is stable: messages of the same time stay in the order received.
  const all = merged.filter((entry) => entry !== undefined);
  return dropOldest(all.sort((a, b) => a.createdAtMs - b.createdAtMs));
}

/**
 * Messages may be late by the overlap, and those of the overlap may be repeated: they are kept. The rest is dropped by
 * whole milliseconds, so that a message repeated after it was dropped is older than all that are kept.
 */
function dropOldest(known: readonly TimelineMessage[]): readonly TimelineMessage[] {
  // Not by `.at()`: some pages replace it.
  const newest = known[known.length - 1];
  const oldest = known[known.length - TIMELINE_MAX_MESSAGES];
  if (!newest || !oldest) return known;
  const fromMs = Math.min(oldest.createdAtMs, newest.createdAtMs - OVERLAP_MS);
  return known.filter(({ createdAtMs }) => createdAtMs >= fromMs);
}

/** What the visitor sees: confirmed messages in the platform's order, then own ones that are not confirmed yet. */
export function toTimelineEntries(
  known: readonly TimelineMessage[],
  outbox: readonly OutboxEntry[],
): readonly TimelineEntry[] {
  const pending = outbox.filter(({ id }) => !known.some(({ key }) => key === id));
  const underWay = toUnderWay(pending);
  return [
    ...known.filter(({ heldBy }) => !heldBy.some((id) => underWay.includes(id))),
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
