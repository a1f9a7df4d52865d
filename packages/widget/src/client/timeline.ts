import type { ChatMessage } from "@mailoo-chat/protocol";
import type { TimelineEntry } from "./chat-client.ts";
import type { OutboxEntry } from "./outbox.ts";

/**
 * What the platform has said, merged by id and `clientMessageId` only, in the platform's order: `createdAt`,
 * then arrival. Never by text, never by this machine's clock.
 *
 * A visitor's message that names no `clientMessageId` may be the echo of a send whose answer is still out. It is
 * held back until the sends under way at its arrival are settled, so that no text is ever seen twice.
 */
export interface Timeline {
  readonly lines: readonly TimelineLine[];
  /** Older messages exist that are not here. */
  readonly truncated: boolean;
}

export interface TimelineLine {
  readonly message: ChatMessage;
  readonly entry: TimelineEntry;
  /** The `clientMessageId`s whose sends were under way when it came. */
  readonly heldBy: readonly string[];
}

export const EMPTY_TIMELINE: Timeline = { lines: [], truncated: false };

/** Overflow rule: the oldest lines go, and `truncated` says so. */
export const TIMELINE_MAX_LINES = 1_000;

/**
 * Merges messages in the order in which they came. A known message replaces its fields and adds nothing.
 *
 * @param underWay `clientMessageId`s of sends that were attempted and are not settled.
 */
export function mergeMessages(
  timeline: Timeline,
  messages: readonly ChatMessage[],
  underWay: readonly string[],
): Timeline {
  if (!messages.length) return timeline;
  const lines = [...timeline.lines];
  for (const message of messages) {
    const at = lines.findIndex(({ message: known }) => isSame(known, message));
    const line = toLine(message, at < 0 ? undefined : lines[at], underWay);
    if (at < 0) lines.push(line);
    else lines[at] = line;
  }
  // The sort is stable: what has the same time stays in the order of arrival.
  lines.sort((a, b) => a.entry.createdAtMs - b.entry.createdAtMs);
  return {
    lines: lines.slice(-TIMELINE_MAX_LINES),
    truncated: timeline.truncated || lines.length > TIMELINE_MAX_LINES,
  };
}

/** What the visitor sees: the confirmed in the platform's order, then own ones that are not confirmed yet. */
export function toTimelineEntries(
  timeline: Timeline,
  outbox: readonly OutboxEntry[],
): readonly TimelineEntry[] {
  const known = new Set(timeline.lines.map(({ message }) => message.clientMessageId));
  const held = new Set(toUnderWay(outbox).filter((id) => !known.has(id)));
  return [
    ...timeline.lines.filter(({ heldBy }) => !heldBy.some((id) => held.has(id))).map(({ entry }) => entry),
    ...outbox.filter(({ id }) => !known.has(id)).map(toPendingEntry),
  ];
}

/** The sends that may be on the platform although nothing has confirmed them. */
export function toUnderWay(outbox: readonly OutboxEntry[]): readonly string[] {
  return outbox.filter(({ attempt, failure }) => attempt && !failure).map(({ id }) => id);
}

function isSame(a: ChatMessage, b: ChatMessage): boolean {
  return a.id === b.id || (!!a.clientMessageId && a.clientMessageId === b.clientMessageId);
}

function toLine(
  message: ChatMessage,
  known: TimelineLine | undefined,
  underWay: readonly string[],
): TimelineLine {
  const merged = { ...known?.message, ...message };
  const { id, clientMessageId, author } = merged;
  return {
    message: merged,
    heldBy: clientMessageId || author !== "visitor" ? [] : (known?.heldBy ?? underWay),
    entry: {
      key: clientMessageId ?? id,
      id,
      author,
      authorName: merged.authorName ?? null,
      content: merged.content,
      createdAtMs: Date.parse(merged.createdAt) || 0,
      state: "sent",
      failure: null,
    },
  };
}

function toPendingEntry({ id, content, writtenAtMs, busyUntilMs, failure }: OutboxEntry): TimelineEntry {
  return {
    key: id,
    id,
    author: "visitor",
    authorName: null,
    content,
    createdAtMs: writtenAtMs,
    state: failure ? "failed" : busyUntilMs ? "sending" : "waiting",
    failure,
  };
}
