import { type ChatMessage, OVERLAP_MS, type PresenceStatus } from "@mailoo-chat/protocol";
import type { ConnectionState } from "./chat-client.ts";
import type { Delivery } from "./connection/connection.ts";
import type { OutboxEntry } from "./outbox.ts";
import { parseMessages } from "./parse-wire.ts";
import { mergeMessages, TIMELINE_MAX_MESSAGES, type TimelineMessage, toUnderWay } from "./timeline.ts";
import { isNew, type ReadMark } from "./unread.ts";

/** What is known of the session: its confirmed messages, how to read on, and its connection. */
export interface Conversation {
  readonly messages: readonly TimelineMessage[];
  /** Older messages exist that are not kept. */
  readonly truncated: boolean;
  readonly cursor: string | null;
  /** The BFF refuses times of the platform's clock. */
  readonly timesAreRefused: boolean;
  /** The history is complete: what comes after it is new. */
  readonly loaded: boolean;
  readonly connection: ConnectionState;
  readonly status: PresenceStatus;
}

export const EMPTY_CONVERSATION: Conversation = {
  messages: [],
  truncated: false,
  cursor: null,
  timesAreRefused: false,
  loaded: false,
  connection: { name: "idle" },
  status: "unknown",
};

/** A delivery, and what else the leader tells the other tabs. */
export interface News extends Delivery {
  readonly connection?: ConnectionState;
  /** Nothing is missing before these messages. @default true for what the BFF delivers */
  readonly loaded?: boolean;
  /** The answer to a send. It says nothing about the order of equal times. */
  readonly isConfirmation?: boolean;
  /** The leader's session. */
  readonly sessionPublicId?: string | undefined;
}

export interface AcceptContext {
  readonly outbox: readonly OutboxEntry[];
  readonly readMark: ReadMark;
  /** The news come from another tab: that one calls the listeners. */
  readonly isFromLeader: boolean;
}

export interface Accepted {
  readonly state: Conversation;
  /** Messages that name the send which they confirm. */
  readonly confirmed: readonly (ChatMessage & { readonly clientMessageId: string })[];
  /** Messages that are new to this visitor, in the order of the timeline. */
  readonly fresh: readonly ChatMessage[];
}

/** Takes in news. Pure: what is fresh is decided before any listener marks messages as read. */
export function accept(
  before: Conversation,
  news: News,
  { outbox, readMark, isFromLeader }: AcceptContext,
): Accepted {
  const received = parseMessages(news.messages);
  const messages = mergeMessages(before.messages, received, toUnderWay(outbox), news.isConfirmation);
  const loaded = before.loaded || (news.loaded ?? (!!news.messages && !news.more));
  const known = new Set(before.messages.map(({ id }) => id));
  const toFresh = (message: TimelineMessage) =>
    (!known.has(message.id) &&
      isNew(message, readMark) &&
      received.findLast(({ id }) => id === message.id)) ||
    [];
  return {
    state: {
      ...before,
      messages,
      truncated: before.truncated || !!news.truncated || messages.length >= TIMELINE_MAX_MESSAGES,
      // A tab that has just joined waits for the leader's snapshot: until then it may miss older messages.
      cursor: ((loaded || !isFromLeader) && news.cursor) || before.cursor,
      loaded,
      connection: news.connection ?? before.connection,
      status: news.status ?? before.status,
    },
    confirmed: received.filter((message) => message.clientMessageId) as Accepted["confirmed"][number][],
    fresh: before.loaded && !isFromLeader ? messages.flatMap(toFresh) : [],
  };
}

export function isOnSocket({ connection }: Conversation): boolean {
  return "transport" in connection && connection.transport === "socket";
}

/**
 * Where to read on. Without a cursor, from the first message that is known: otherwise a first reading after a long
 * interruption would bring the newest page and leave a gap.
 */
export function toSince({ cursor, messages: [first], timesAreRefused }: Conversation): string | null {
  if (cursor || !first || timesAreRefused) return cursor;
  return new Date(first.createdAtMs - OVERLAP_MS).toISOString();
}

/** The BFF has refused what `toSince()` gave, as it does with a cursor of another release. Read again: known messages are merged by id. */
export function withoutSince({ cursor }: Conversation): Partial<Conversation> {
  return cursor ? { cursor: null } : { timesAreRefused: true };
}
