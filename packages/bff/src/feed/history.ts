import { type ChatMessage, PAGE_MAX_MESSAGES } from "@mailoo-chat/protocol";
import { Bell } from "./bell.ts";
import { type BufferedMessage, ReplayBuffer, type ReplayBufferLimits } from "./buffer.ts";
import { CURSOR_MAX_SEEN, type Cursor, type CursorFloor, encodeCursor } from "./cursor.ts";
import { type HistoryRead, neededFromMs } from "./history-read.ts";
import { composeCursor, type HistoryView } from "./history-view.ts";
import type { FeedEnd } from "./machine.ts";
import type { ResumePoint } from "./resume-point.ts";

/** The position of a subscriber who has been delivered a message and everything before it. */
export interface HeadCursor {
  /** `confirmedMs` before the delivery that this message is part of. */
  readonly beforeMs: number;
  readonly cursor: Cursor;
  /** The cursor in its wire form. */
  readonly wire: string;
}

/** A socket's place in a feed. */
export interface FeedSubscriber {
  /** `head` is where a reader stands who has been handed everything up to and including `entry`. */
  offer(entry: BufferedMessage, head: HeadCursor): void;
  end(reason: FeedEnd): void;
}

/** Most messages that cursors carry unconfirmed before a listing is wanted at once. */
const CROWD = Math.floor(CURSOR_MAX_SEEN * 0.7);

/**
 * What a feed knows of its session, and who is to hear of it.
 *
 * What is new is marked fresh in the buffer and handed out by {@link FeedHistory.handOut}, nowhere else. Between a
 * reader's look at {@link FeedHistory.view} and its joining there is no `await`, so nothing falls between the two.
 */
export class FeedHistory {
  /** Rings when something was handed out. */
  readonly arrived = new Bell();
  readonly #buffer: ReplayBuffer;
  readonly #subscribers = new Set<FeedSubscriber>();
  #confirmedMs: number | null = null;
  #listedMs: number | null = null;
  /** Where a listing could not be had in full, at last. */
  #cutMs: number | null = null;

  constructor(limits: ReplayBufferLimits) {
    this.#buffer = new ReplayBuffer(limits);
  }

  /** What the cursors of readers at the head have moved to; null before a complete listing has found anything. */
  get confirmedMs(): number | null {
    return this.#confirmedMs;
  }

  /** A listing was complete: the history is known from {@link completeFromMs} on. */
  get isVouched(): boolean {
    return this.#buffer.completeFromMs !== Number.POSITIVE_INFINITY;
  }

  get completeFromMs(): number {
    return this.#buffer.completeFromMs;
  }

  /** Known, and not handed out yet. */
  get freshCount(): number {
    return this.#buffer.freshCount;
  }

  /** More is unconfirmed than cursors like to carry. */
  get isCrowded(): boolean {
    return this.#buffer.hasMoreAfter(this.#confirmedMs ?? 0, CROWD);
  }

  /** More is out of any listing's reach than a cursor can carry: some of it would be handed out again on resuming. */
  get isOvercrowded(): boolean {
    return this.#buffer.hasMoreAfter(this.#listedMs ?? 0, CURSOR_MAX_SEEN);
  }

  subscribe(subscriber: FeedSubscriber): void {
    this.#subscribers.add(subscriber);
  }

  unsubscribe(subscriber: FeedSubscriber): void {
    this.#subscribers.delete(subscriber);
  }

  /** Returns false where nothing changed that a reader should hear of. */
  add(message: ChatMessage, source: "push" | "send"): boolean {
    return this.#buffer.add(message, source);
  }

  /**
   * One answer of the platform, oldest first. Returns false where nothing changed that a reader should hear of.
   *
   * @param newestFirst how the platform lists: a page may be cut at its older end.
   */
  addListed(messages: readonly ChatMessage[], newestFirst: boolean): boolean {
    return this.#buffer.addListed(messages, newestFirst);
  }

  /** A listing from `fromMs` is complete: hands out what it brought, and lets the cursors follow. */
  vouch(listed: CompleteListing): void {
    this.#buffer.vouchFrom(listed.fromMs);
    this.#cutMs = listed.cutMs ?? this.#cutMs;
    if (listed.reachedMs !== null) this.#listedMs = Math.max(this.#listedMs ?? 0, listed.reachedMs);
    this.handOut(listed.confirmedMs);
  }

  /**
   * Hands out what is fresh, oldest first.
   *
   * @param vouchedMs what a complete listing has just vouched for. The cursors move along with what is handed out, never
   *   past what is not.
   */
  handOut(vouchedMs: number | null): void {
    const before = this.#confirmedMs;
    const fresh = this.#buffer.freshEntries();
    for (const [index, entry] of fresh.entries()) {
      this.#buffer.markDelivered(entry);
      const nextMs = fresh[index + 1]?.createdMs ?? Number.POSITIVE_INFINITY;
      if (vouchedMs !== null) this.#confirmedMs = Math.max(before ?? 0, Math.min(vouchedMs, nextMs));
      if (this.#subscribers.size === 0) continue;
      const head = this.#headCursor(before ?? 0);
      for (const subscriber of this.#subscribers) subscriber.offer(entry, head);
    }
    if (vouchedMs !== null) this.#confirmedMs = Math.max(before ?? 0, vouchedMs);
    this.#buffer.trim();
    if (fresh.length > 0) this.arrived.ring();
  }

  /** Composed once for each message, for all subscribers at the head. */
  #headCursor(beforeMs: number): HeadCursor {
    const reach = { confirmedMs: this.#confirmedMs ?? 0, listedMs: this.#listedMs ?? 0 };
    const cursor = composeCursor(this.#buffer.entries, reach, this.#evictedFloor(), NONE);
    return { beforeMs, cursor, wire: encodeCursor(cursor) };
  }

  /** What the buffer has let go of counts as seen; but only a listing can tell that nothing is missing before it. */
  #evictedFloor(): CursorFloor | null {
    const { evicted } = this.#buffer;
    return evicted && evicted.ms <= (this.#listedMs ?? 0) ? evicted : null;
  }

  /** The history as a reader at `since` needs it; null where this one and `read` do not reach back that far. */
  view(since: ResumePoint, read: HistoryRead | null): HistoryView | null {
    if (!this.isVouched) return null;
    const neededMs = neededFromMs(since);
    const { completeFromMs, entries, freshCount } = this.#buffer;
    const wholePage = since.kind === "newest" && entries.length - freshCount > PAGE_MAX_MESSAGES;
    if (completeFromMs <= neededMs || wholePage) return this.#ownView();
    const view = read && read.fromMs <= neededMs ? this.#viewWith(read) : null;
    return since.kind === "newest" && view?.partial ? null : view;
  }

  #ownView(): HistoryView {
    return {
      entries: this.#buffer.entries,
      confirmedMs: this.#confirmedMs,
      listedMs: this.#listedMs,
      floor: this.#evictedFloor(),
      fromBeginning: this.completeFromMs === Number.NEGATIVE_INFINITY && this.#cutMs === null,
      cutMs: this.#cutMs,
      partial: false,
    };
  }

  /** What was read, and, where it reaches so far, what the buffer has from there on. */
  #viewWith(read: HistoryRead): HistoryView {
    const { completeFromMs, entries, evicted } = this.#buffer;
    const older = read.log.entries.filter(
      ({ createdMs, message }) => createdMs < completeFromMs && !this.#buffer.isFresh(message.id),
    );
    const reachedMs = read.log.entries.at(-1)?.createdMs ?? null;
    // The buffer may have let go of what lay between while the read was under way.
    const joins = read.reachesBuffer && (reachedMs === null || reachedMs >= (evicted?.ms ?? reachedMs));
    // What came late behind the read while it ran was at most the overlap old then.
    const vouchedMs = (this.#confirmedMs ?? 0) - Math.ceil(performance.now() - read.begunAtMs);
    return {
      entries: joins ? [...older, ...entries.filter((entry) => entry.createdMs >= completeFromMs)] : older,
      confirmedMs: joins ? vouchedMs : Math.min(vouchedMs, reachedMs ?? vouchedMs),
      listedMs: joins ? this.#listedMs : reachedMs,
      floor: read.log.evicted,
      fromBeginning:
        read.fromMs === Number.NEGATIVE_INFINITY && read.log.evicted === null && read.cutMs === null,
      cutMs: read.cutMs ?? this.#cutMs,
      partial: !joins,
    };
  }

  /** Everybody leaves. */
  dismiss(): readonly FeedSubscriber[] {
    const subscribers = [...this.#subscribers];
    this.#subscribers.clear();
    return subscribers;
  }
}

export interface CompleteListing {
  /** `-Infinity`: from the beginning. */
  readonly fromMs: number;
  /** See `Listing`. */
  readonly cutMs: number | null;
  /** The newest `createdAt` that it brought, or null. */
  readonly reachedMs: number | null;
  /** What it vouches for. */
  readonly confirmedMs: number | null;
}

const NONE: ReadonlySet<never> = new Set();
