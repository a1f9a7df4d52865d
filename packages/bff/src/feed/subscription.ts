import {
  type ChatMessage,
  type MessagePage,
  type RetrySchedule,
  retryDelayMs,
  type UpstreamState,
} from "@mailoo-chat/protocol";
import { pause } from "../lib/notifier.ts";
import {
  type Cursor,
  encodeCursor,
  type ResumePoint,
  type ShortHash,
  seenBelowMs,
  toCursor,
  withSeen,
} from "./cursor.ts";
import type { Feed } from "./feed.ts";
import { type FeedEnd, HOLD_MS } from "./feed-machine.ts";
import type { HeadCursor, Recipient } from "./history.ts";
import type { OlderHistory } from "./history-pages.ts";
import type { BufferedMessage } from "./replay-buffer.ts";
import { countWithin, emptyPage, seenBy, toMessagePage, type UnreadPage, unreadPage } from "./unread-page.ts";

export interface FeedSubscriber {
  /** `cursor` resumes after this message and everything delivered before it. */
  onMessage(message: ChatMessage, cursor: string): void;
  /** The session has ended. No call follows. */
  onEnded(reason: FeedEnd): void;
  /** The subscriber threw, and so has missed an event. No call follows. */
  onFailed(error: unknown): void;
}

export interface SubscriptionOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Receives missed messages in small pages, instead of one by one. */
  readonly onPage: ((page: MessagePage) => void) | undefined;
}

/**
 * A socket's position in a feed. It begins *behind*: it reads pages of unseen messages from the feed or, further back, from
 * the platform, until none is left. In that same tick it moves to *the head*, where it receives what the feed delivers.
 *
 * While it is behind, pushed messages are held back to keep the order, but only for {@link HOLD_MS}. Then they are delivered
 * out of order: the cursor stays behind and only adds their hashes, so that nothing is skipped if the socket is lost.
 */
export class Subscription implements Recipient {
  readonly #feed: Feed;
  readonly #subscriber: FeedSubscriber;
  readonly #options: SubscriptionOptions;
  readonly #holdUntilMs = performance.now() + HOLD_MS;
  /** Stops catching up when the subscription is closed. */
  readonly #closing = new AbortController();
  #position: "behind" | "head" = "behind";
  /** Unused at the head. */
  #since: ResumePoint;
  /** Delivered out of order. */
  #outOfOrder = new Set<ShortHash>();
  /** Messages pushed while behind. Beyond {@link MAX_WAITING}, catching up reads them from the history. */
  #waiting: BufferedMessage[] = [];
  /** Set at the head while the client has seen messages, through another replica, that this feed does not know yet. */
  #ahead: Ahead | null = null;
  #hasBegun = false;
  /** The last delivered page said `more`. */
  #isMoreAnnounced = false;

  constructor(feed: Feed, since: ResumePoint, subscriber: FeedSubscriber, options: SubscriptionOptions) {
    this.#feed = feed;
    this.#since = since;
    this.#subscriber = subscriber;
    this.#options = options;
    feed.history.recipients.add(this);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * The first page, or an empty one after `withinMs`. The subscriber receives the other missed messages, in order.
   *
   * @throws ProblemError `session_not_found`, `session_closed`
   */
  async begin(withinMs: number): Promise<{ page: MessagePage; upstream: UpstreamState }> {
    const { onPage } = this.#options;
    const first = await this.#readFirstPage(performance.now() + withinMs);
    const entries = first?.entries ?? [];
    const count = onPage ? countWithin(entries, 0, READY_BYTES) : entries.length;
    // Not in this tick: the caller has not seen the page yet.
    setImmediate(() => {
      this.#hasBegun = true;
      const { ended } = this.#feed;
      if (ended) {
        this.end(ended);
        return;
      }
      if (first && onPage) this.#deliverInPages(first, count, onPage);
      void this.#catchUp();
    });
    const page = first
      ? toMessagePage(first, 0, count)
      : emptyPage(this.#since, this.#options.onPage !== undefined);
    this.#isMoreAnnounced = page.more;
    return { page, upstream: first ? "ok" : "catching-up" };
  }

  offer(entry: BufferedMessage, head: HeadCursor): void {
    if (this.#position === "head") this.#offerAtHead(entry, head);
    // While behind, listed messages are read from pages.
    else if (entry.source !== "listing") this.#offerBehind(entry);
  }

  end(reason: FeedEnd): void {
    if (this.#closed || !this.#hasBegun) return;
    this.close();
    this.#call(() => this.#subscriber.onEnded(reason));
  }

  close(): void {
    this.#closing.abort();
    this.#feed.history.recipients.delete(this);
    this.#waiting = [];
  }

  /** Null: the platform did not answer in time. */
  async #readFirstPage(untilMs: number): Promise<UnreadPage | null> {
    const feed = this.#feed;
    let older: OlderHistory | null = null;
    for (;;) {
      feed.throwIfEnded();
      const page = feed.caughtUp ? this.#readPage(older) : null;
      if (page) {
        this.#moveTo(page.cursorAfter(page.entries.length));
        return page;
      }
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || feed.stopped) return null;
      if (!feed.caughtUp) {
        await feed.synced.wait(leftMs);
        continue;
      }
      try {
        older = await feed.reachBack(this.#since, leftMs);
      } catch {
        // The platform fails. Catching up will try again.
        return null;
      }
    }
  }

  async #catchUp(): Promise<void> {
    const { signal } = this.#closing;
    let older: OlderHistory | null = null;
    let failures = 0;
    while (!this.#closed && !this.#feed.stopped) {
      const page = this.#readPage(older);
      if (page) {
        this.#deliverPage(page);
        if (!page.more) return this.#arriveAtHead(page);
        older = null;
        await pause(PAGE_GAP_MS, signal);
        continue;
      }
      try {
        const heldForMs = this.#holdUntilMs - performance.now();
        older = await this.#feed.reachBack(this.#since, heldForMs > 0 ? heldForMs : READ_AGAIN_MS, signal);
      } catch {
        failures += 1;
        await pause(retryDelayMs(READ_SCHEDULE, failures, this.#options.random()), signal);
      }
      if (performance.now() >= this.#holdUntilMs) this.#releaseWaiting();
    }
  }

  /** Null: neither the feed nor `older` reaches back that far. */
  #readPage(older: OlderHistory | null): UnreadPage | null {
    const view = this.#feed.history.view(this.#since, older);
    return view && unreadPage(view, this.#since, this.#outOfOrder);
  }

  #deliverPage(page: UnreadPage): void {
    const { onPage } = this.#options;
    if (onPage) this.#deliverInPages(page, 0, onPage);
    else this.#deliverOneByOne(page);
    // Delivered again in order, so the cursor now covers it.
    for (const entry of page.entries) this.#outOfOrder.delete(entry.hash);
    this.#moveTo(page.cursorAfter(page.entries.length));
  }

  #deliverInPages(page: UnreadPage, from: number, onPage: (page: MessagePage) => void): void {
    let at = from;
    while (!this.#closed && (at < page.entries.length || (this.#isMoreAnnounced && !page.more))) {
      const count = Math.max(1, countWithin(page.entries, at, PAGE_BYTES));
      const end = Math.min(page.entries.length, at + count);
      const part = toMessagePage(page, at, end);
      this.#isMoreAnnounced = part.more;
      onPage(part);
      at = end;
    }
  }

  #deliverOneByOne(page: UnreadPage): void {
    for (const [index, entry] of page.entries.entries()) {
      if (this.#closed) return;
      const cursor = page.cursorAfter(index + 1);
      if (cursor) this.#deliver(entry.message, encodeCursor(cursor));
    }
  }

  #moveTo(cursor: Cursor | null): void {
    if (cursor) this.#since = cursor;
  }

  #arriveAtHead({ unknown }: UnreadPage): void {
    this.#position = "head";
    this.#waiting = [];
    this.#outOfOrder = new Set();
    const cursor = toCursor(this.#since);
    const hasSeenMore = unknown.size > 0 || cursor.confirmedMs > (this.#feed.history.confirmedMs ?? 0);
    this.#ahead = hasSeenMore ? { cursor, unknown: new Set(unknown) } : null;
    this.#since = "newest";
    if (unknown.size > 0) this.#feed.requestSync();
  }

  #offerAtHead(entry: BufferedMessage, head: HeadCursor): void {
    const ahead = this.#ahead;
    if (ahead && head.beforeMs < ahead.cursor.confirmedMs) {
      if (entry.createdMs < seenBelowMs(ahead.cursor) && !entry.revised) return;
    } else if (ahead?.unknown.size === 0) {
      this.#ahead = null;
    }
    if (ahead?.unknown.delete(entry.hash) && !entry.revised) return;
    this.#deliver(entry.message, this.#ahead ? encodeCursor(aheadOf(head.cursor, this.#ahead)) : head.wire);
  }

  #offerBehind(entry: BufferedMessage): void {
    if (performance.now() < this.#holdUntilMs || !this.#hasBegun) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(entry);
      return;
    }
    const hasSeen = seenBy([entry], toCursor(this.#since));
    if (hasSeen(entry) || this.#outOfOrder.has(entry.hash)) return;
    // If the cursor has no room for a hash, the message is delivered again on resuming, and the client recognises its id.
    this.#outOfOrder.add(entry.hash);
    this.#deliver(entry.message, encodeCursor(withSeen(toCursor(this.#since), this.#outOfOrder)));
  }

  #releaseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) this.#offerBehind(entry);
  }

  #deliver(message: ChatMessage, cursor: string): void {
    if (!this.#closed) this.#call(() => this.#subscriber.onMessage(message, cursor));
  }

  /** A subscriber that throws is closed, so that it resumes from its last cursor. Others are not affected. */
  #call(notify: () => void): void {
    try {
      notify();
    } catch (error) {
      this.close();
      this.#subscriber.onFailed(error);
    }
  }
}

interface Ahead {
  readonly cursor: Cursor;
  /** Seen messages that this feed does not know yet. */
  readonly unknown: Set<ShortHash>;
}

/** The cursor at the head of a client that has seen more than this feed. */
function aheadOf(head: Cursor, { cursor, unknown }: Ahead): Cursor {
  return withSeen({ ...head, confirmedMs: Math.max(head.confirmedMs, cursor.confirmedMs) }, unknown);
}

/** Limit for the messages in `ready`. At 24 kbit/s, `ready` with cursor and token arrives before the client times out. */
const READY_BYTES = 2 * 1024;
/** Takes about 3 s at 24 kbit/s: pings are sent between pages, and little is sent again after a lost connection. */
const PAGE_BYTES = 8 * 1024;
/** Pause between two pages, so that the socket's buffer drains. */
const PAGE_GAP_MS = 100;

const MAX_WAITING = 100;
const READ_AGAIN_MS = 30_000;
const READ_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 5_000 };
