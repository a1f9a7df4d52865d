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
export interface TimelineLine {
  readonly message: ChatMessage;
  readonly entry: TimelineEntry;
  /** The `clientMessageId`s whose sends were under way when it came. */
  readonly heldBy: readonly string[];
}

/** Overflow rule: the oldest lines go. */
export const TIMELINE_MAX_LINES = 1_000;

/**
 * Merges messages in the order in which they came. A known message replaces its fields and adds nothing.
 *
 * @param underWay `clientMessageId`s of sends that were attempted and are not settled.
 */
export function mergeMessages(
  lines: readonly TimelineLine[],
  messages: readonly ChatMessage[],
  underWay: readonly string[],
): readonly TimelineLine[] {
  const merged = [...lines];
  for (const message of messages) {
    const at = merged.findIndex(
      ({ message: { id, clientMessageId } }) =>
        id === message.id || (clientMessageId && clientMessageId === message.clientMessageId),
    );
    const known = merged[at];
    const line = { ...known?.message, ...message };
    merged.splice(at < 0 ? merged.length : at, 1, {
      message: line,
      entry: toEntry(line, Date.parse(line.createdAt), line.clientMessageId),
      heldBy: line.author !== "visitor" || line.clientMessageId ? [] : (known?.heldBy ?? underWay),
    });
  }
  // The sort is stable: what has the same time stays in the order of arrival.
  return merged.sort((a, b) => a.entry.createdAtMs - b.entry.createdAtMs).slice(-TIMELINE_MAX_LINES);
}

/** What the visitor sees: the confirmed in the platform's order, then own ones that are not confirmed yet. */
export function toTimelineEntries(
  lines: readonly TimelineLine[],
  outbox: readonly OutboxEntry[],
): readonly TimelineEntry[] {
  const known = new Set(lines.map(({ message }) => message.clientMessageId));
  const pending = outbox.filter(({ id }) => !known.has(id));
  const underWay = toUnderWay(pending);
  return [
    ...lines.filter(({ heldBy }) => !heldBy.some((id) => underWay.includes(id))).map(({ entry }) => entry),
    ...pending.map((sent) => ({
      ...toEntry({ ...sent, author: "visitor" }, sent.writtenAtMs),
      state: sent.failure
        ? ("failed" as const)
        : sent.claimedUntilMs
          ? ("sending" as const)
          : ("waiting" as const),
      failure: sent.failure,
    })),
  ];
}

/** The sends that may be on the platform although nothing has confirmed them. */
export function toUnderWay(outbox: readonly OutboxEntry[]): readonly string[] {
  return outbox.filter(({ attempt, failure }) => attempt && !failure).map(({ id }) => id);
}

function toEntry(
  { id, author, authorName, content }: Pick<ChatMessage, "id" | "author" | "authorName" | "content">,
  createdAtMs: number,
  key = id,
): TimelineEntry {
  return {
    key,
    id,
    author,
    authorName: authorName ?? null,
    content,
    createdAtMs,
    state: "sent",
    failure: null,
  };
}
