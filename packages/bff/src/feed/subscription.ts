import {
  type ChatMessage,
  type MessagePage,
  type RetrySchedule,
  retryDelayMs,
  type UpstreamState,
} from "@mailoo-chat/protocol";
import { ProblemError } from "../lib/problem-error.ts";
import { Bell } from "./bell.ts";
import type { BufferedMessage } from "./buffer.ts";
import { type Cursor, encodeCursor, type ShortHash, seenBelowMs } from "./cursor.ts";
import type { Feed } from "./feed.ts";
import type { FeedSubscriber, HeadCursor } from "./history.ts";
import type { HistoryRead } from "./history-read.ts";
import { seenBy, toCursor, type UnreadPage, unreadPage, withSeen } from "./history-view.ts";
import type { FeedEnd } from "./machine.ts";
import type { ResumePoint } from "./resume-point.ts";

/**
 * One socket's way through a feed. It begins *behind*: pages of what it has not seen are read from the feed, or, where
 * the feed does not reach back so far, from the platform, until nothing is left; in that same tick it is *at the head*
 * and is handed whatever the feed hands out.
 *
 * While it is behind, what is pushed waits, so that it comes in order. Not for ever: after `holdMs` it is handed out of
 * turn. Its cursor stays where it was and only remembers those ids, so that nothing is skipped should the socket drop.
 */
export class Subscription implements FeedSubscriber {
  readonly #feed: Feed;
  readonly #listener: FeedListener;
  readonly #options: SubscriptionOptions;
  readonly #holdUntilMs: number;
  /** Wakes the catching-up when the socket is gone. */
  readonly #closing = new AbortController();
  /** Of no use any more at the head. */
  #since: ResumePoint;
  #place: "behind" | "head" = "behind";
  /** Short hashes of what was handed out of turn. */
  #outOfTurn: Set<ShortHash> = new Set();
  /** Where the reader stood when it came to the head, as long as it knows more, from another replica, than this feed. */
  #ahead: Ahead | null = null;
  /** Pushed while behind; what exceeds {@link MAX_WAITING} comes with the catching-up. */
  #waiting: BufferedMessage[] = [];
  #begun = false;
  /** The last page that was handed out said `more`. */
  #isMoreAnnounced = false;

  constructor(feed: Feed, since: ResumePoint, listener: FeedListener, options: SubscriptionOptions) {
    this.#feed = feed;
    this.#since = since;
    this.#listener = listener;
    this.#options = options;
    this.#holdUntilMs = performance.now() + options.holdMs;
    feed.history.subscribe(this);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /**
   * The first page, or an empty one after `withinMs`; what else was missed follows through the listener, in order. A page
   * that says `more` is followed as well: who asks for the rest elsewhere meets known ids.
   *
   * @throws ProblemError `session_not_found`
   */
  async begin(withinMs: number): Promise<{ page: MessagePage; upstream: UpstreamState }> {
    const untilMs = performance.now() + withinMs;
    const { onPage } = this.#options;
    const first = await this.#firstPage(untilMs);
    const count = !first ? 0 : onPage ? countWithin(first, 0, READY_BYTES) : first.entries.length;
    // Not in this tick: the caller has not seen the page yet.
    setImmediate(() => {
      this.#begun = true;
      const { ended } = this.#feed;
      if (ended) {
        this.end(ended);
        return;
      }
      if (first && onPage) this.#deliverInPages(first, count, onPage);
      void this.#catchUp();
    });
    if (!first) {
      const cursor = this.#since.kind === "newest" ? null : encodeCursor(toCursor(this.#since));
      this.#isMoreAnnounced = onPage !== undefined;
      const page = { messages: [], cursor, more: this.#isMoreAnnounced, truncated: false };
      return { page, upstream: "catching-up" };
    }
    const page = toMessagePage(first, 0, count);
    this.#isMoreAnnounced = page.more;
    return { page, upstream: "ok" };
  }

  offer(entry: BufferedMessage, head: HeadCursor): void {
    if (this.#place === "head") this.#offerAtHead(entry, head);
    // What a listing brought is read in its turn.
    else if (entry.source !== "listing") this.#offerBehind(entry);
  }

  end(reason: FeedEnd): void {
    if (this.#closed || !this.#begun) return;
    this.close();
    this.#call(() => this.#listener.onEnded(reason));
  }

  close(): void {
    this.#closing.abort();
    this.#feed.history.unsubscribe(this);
    this.#waiting = [];
  }

  async #firstPage(untilMs: number): Promise<UnreadPage | null> {
    let read: HistoryRead | null = null;
    for (;;) {
      const { ended } = this.#feed;
      if (ended) throw new ProblemError("session_not_found");
      const view = this.#feed.caughtUp ? this.#feed.history.view(this.#since, read) : null;
      if (view) {
        const page = unreadPage(view, this.#since, this.#outOfTurn);
        this.#goOn(page.cursorAfter(page.entries.length));
        return page;
      }
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || this.#feed.stopped) return null;
      if (!this.#feed.caughtUp) {
        await this.#feed.listed.wait(leftMs);
        continue;
      }
      try {
        read = await this.#feed.reachBack(this.#since, leftMs);
      } catch {
        // The platform is in trouble: the catching-up will try again and again.
        return null;
      }
    }
  }

  async #catchUp(): Promise<void> {
    let read: HistoryRead | null = null;
    let failures = 0;
    while (!this.#closed && !this.#feed.stopped) {
      const view = this.#feed.history.view(this.#since, read);
      if (view) {
        const page = unreadPage(view, this.#since, this.#outOfTurn);
        this.#deliverPage(page);
        if (!page.more) return this.#arrive(page);
        read = null;
        await pause(this.#options.pageGapMs, this.#closing.signal);
        continue;
      }
      try {
        read = await this.#feed.reachBack(this.#since, this.#patienceMs(), this.#closing.signal);
      } catch {
        failures += 1;
        await pause(retryDelayMs(READ_SCHEDULE, failures, this.#options.random()), this.#closing.signal);
      }
      if (performance.now() >= this.#holdUntilMs) this.#releaseWaiting();
    }
  }

  #patienceMs(): number {
    const heldMs = this.#holdUntilMs - performance.now();
    return heldMs > 0 ? heldMs : LOOK_AGAIN_MS;
  }

  #deliverPage(page: UnreadPage): void {
    const { onPage } = this.#options;
    if (onPage) this.#deliverInPages(page, 0, onPage);
    else this.#deliverOneByOne(page);
    this.#goOn(page.cursorAfter(page.entries.length));
  }

  #deliverInPages(page: UnreadPage, from: number, onPage: (page: MessagePage) => void): void {
    let at = from;
    while (!this.#closed && (at < page.entries.length || (this.#isMoreAnnounced && !page.more))) {
      const end = Math.min(page.entries.length, at + Math.max(1, countWithin(page, at, PAGE_BYTES)));
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

  #goOn(cursor: Cursor | null): void {
    if (cursor) this.#since = { kind: "cursor", cursor };
  }

  #arrive(page: UnreadPage): void {
    this.#place = "head";
    this.#waiting = [];
    this.#outOfTurn = new Set();
    const cursor = toCursor(this.#since);
    const knowsMore = page.foreign.size > 0 || cursor.confirmedMs > (this.#feed.history.confirmedMs ?? 0);
    this.#ahead = knowsMore ? { cursor, foreign: new Set(page.foreign) } : null;
    this.#since = { kind: "newest" };
    if (page.foreign.size > 0) this.#feed.nudge();
  }

  #offerAtHead(entry: BufferedMessage, head: HeadCursor): void {
    const ahead = this.#ahead;
    if (ahead && head.beforeMs < ahead.cursor.confirmedMs) {
      if (entry.createdMs < seenBelowMs(ahead.cursor) && !entry.revised) return;
    } else if (ahead?.foreign.size === 0) {
      this.#ahead = null;
    }
    if (ahead?.foreign.delete(entry.hash) && !entry.revised) return;
    this.#deliver(entry.message, this.#ahead ? encodeCursor(furthest(head.cursor, this.#ahead)) : head.wire);
  }

  #offerBehind(entry: BufferedMessage): void {
    if (performance.now() < this.#holdUntilMs || !this.#begun) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(entry);
      return;
    }
    const seen = seenBy([entry], toCursor(this.#since));
    if (seen(entry) || this.#outOfTurn.has(entry.hash)) return;
    // What the cursor cannot carry is delivered again on resuming, where a known id adds nothing.
    this.#outOfTurn.add(entry.hash);
    this.#deliver(entry.message, encodeCursor(withSeen(toCursor(this.#since), this.#outOfTurn)));
  }

  #releaseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) this.#offerBehind(entry);
  }

  #deliver(message: ChatMessage, cursor: string): void {
    if (!this.#closed) this.#call(() => this.#listener.onMessage(message, cursor));
  }

  /** A listener that throws must come back for what it was told, and costs the others nothing. */
  #call(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.close();
      this.#listener.onFailed(error);
    }
  }
}

export interface SubscriptionOptions {
  readonly holdMs: number;
  /** Between two pages of a long catching-up, so that the socket's buffer drains. */
  readonly pageGapMs: number;
  readonly random: () => number;
  /** Takes what was missed in small pages, in the listener's place. */
  readonly onPage: ((page: MessagePage) => void) | undefined;
}

/** The page, or the part of it from one entry up to another. */
export function toMessagePage(page: UnreadPage, from = 0, to = page.entries.length): MessagePage {
  const cursor = page.cursorAfter(to);
  return {
    messages: page.entries.slice(from, to).map((entry) => entry.message),
    cursor: cursor && encodeCursor(cursor),
    more: page.more || to < page.entries.length,
    truncated: page.truncated,
  };
}

/** How many entries from this one on take no more than so many bytes. */
function countWithin({ entries }: UnreadPage, from: number, maxBytes: number): number {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    if (index >= from) bytes += Buffer.byteLength(JSON.stringify(entry.message)) + 1;
    return bytes > maxBytes;
  });
  return (end < 0 ? entries.length : end) - from;
}

/** What `ready` may hold at 24 kbit/s, cursor and token beside it, to be there well before the client gives up. */
const READY_BYTES = 2 * 1024;

/** At 24 kbit/s a page takes some three seconds: less is fetched again after a cut, and pings come through in between. */
const PAGE_BYTES = 8 * 1024;

interface Ahead {
  readonly cursor: Cursor;
  /** Short hashes of what this feed has yet to learn of. */
  readonly foreign: Set<ShortHash>;
}

/** Of a reader at the feed's head who came from further ahead. */
function furthest(head: Cursor, { cursor, foreign }: Ahead): Cursor {
  return withSeen({ ...head, confirmedMs: Math.max(head.confirmedMs, cursor.confirmedMs) }, foreign);
}

const MAX_WAITING = 100;
const LOOK_AGAIN_MS = 30_000;
const READ_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 5_000 };

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Bell().wait(ms, signal);
}

export interface FeedListener {
  /** `cursor` resumes after this message and everything handed out before it. */
  onMessage(message: ChatMessage, cursor: string): void;
  /** The session has ended; no call follows. */
  onEnded(reason: FeedEnd): void;
  /** The listener threw: it cannot have what it was to be told, and no call follows. */
  onFailed(error: unknown): void;
}
