import { type ChatMessage, PAGE_MAX_MESSAGES } from "@mailoo-chat/protocol";
import { Notifier } from "../lib/notifier.ts";
import {
  CURSOR_MAX_SEEN,
  type Cursor,
  encodeCursor,
  type ResumePoint,
  seenBelowMs,
  toCursor,
  type Watermark,
} from "./cursor.ts";
import type { FeedEnd } from "./feed-machine.ts";
import type { OlderHistory } from "./history-pages.ts";
import { type BufferedMessage, ReplayBuffer, type ReplayBufferLimits } from "./replay-buffer.ts";
import { composeCursor, type HistoryView } from "./unread-page.ts";

/** The cursor of a client that has received a message and everything before it. */
export interface HeadCursor {
  /** `confirmedMs` before the delivery that this message is part of. */
  readonly beforeMs: number;
  readonly cursor: Cursor;
  /** The cursor in its wire form. */
  readonly wire: string;
}

/** Receives what a feed delivers. */
export interface Recipient {
  /** `head` is the cursor of a client that has received everything up to and including `entry`. */
  offer(entry: BufferedMessage, head: HeadCursor): void;
  end(reason: FeedEnd): void;
}

/** Beyond this number of unconfirmed messages, a sync confirms them at once, before cursors are full. */
const NEAR_CURSOR_LIMIT = Math.floor(CURSOR_MAX_SEEN * 0.7);

/**
 * The messages that a feed knows, and the recipients of new ones.
 *
 * New messages stay undelivered in the buffer until {@link FeedHistory.deliver}, which alone delivers them to all
 * recipients. Between reading {@link FeedHistory.view} and receiving deliveries a subscription never awaits, so it misses
 * nothing.
 */
export class FeedHistory {
  /** Notified when something was delivered. */
  readonly delivered = new Notifier();
  readonly buffer: ReplayBuffer;
  readonly recipients = new Set<Recipient>();
  readonly #onDelivered: ((message: ChatMessage) => void) | undefined;
  #confirmedMs: number | null = null;
  #listedMs: number | null = null;
  /** See `Listing`. */
  #cutMs: number | null = null;

  /** @param onDelivered called for each message that is delivered, even without recipients, and again if it changes */
  constructor(limits: ReplayBufferLimits, onDelivered?: (message: ChatMessage) => void) {
    this.buffer = new ReplayBuffer(limits);
    this.#onDelivered = onDelivered;
  }

  /** The `confirmedMs` of cursors at the head. Null: no complete listing has found anything yet. */
  get confirmedMs(): number | null {
    return this.#confirmedMs;
  }

  /** Cursors are close to their limit of unconfirmed messages. */
  get isNearCursorLimit(): boolean {
    return this.buffer.hasMoreAfter(this.#confirmedMs ?? 0, NEAR_CURSOR_LIMIT);
  }

  /** More messages are unlisted than a cursor can carry: some would be delivered again on resuming. */
  get isOverCursorLimit(): boolean {
    return this.buffer.hasMoreAfter(this.#listedMs ?? 0, CURSOR_MAX_SEEN);
  }

  /** A listing is complete: delivers its messages, and moves the cursors. */
  markComplete({ fromMs, cutMs, reachedMs, confirmedMs }: CompleteListing): void {
    this.buffer.markCompleteFrom(fromMs);
    this.#cutMs = cutMs ?? this.#cutMs;
    if (reachedMs !== null) this.#listedMs = Math.max(this.#listedMs ?? 0, reachedMs);
    this.deliver(confirmedMs);
  }

  /**
   * Delivers the undelivered messages, oldest first.
   *
   * @param confirmedMs confirmed by the listing that is now complete. Cursors move with the delivery, never past an
   *   undelivered message.
   */
  deliver(confirmedMs: number | null): void {
    const before = this.#confirmedMs;
    const undelivered = this.buffer.undelivered;
    for (const [index, entry] of undelivered.entries()) {
      entry.delivered = true;
      this.#onDelivered?.(entry.message);
      const nextMs = undelivered[index + 1]?.createdMs ?? Number.POSITIVE_INFINITY;
      if (confirmedMs !== null) this.#confirmedMs = Math.max(before ?? 0, Math.min(confirmedMs, nextMs));
      if (this.recipients.size === 0) continue;
      const head = this.#headCursor(before ?? 0);
      for (const recipient of this.recipients) recipient.offer(entry, head);
    }
    if (confirmedMs !== null) this.#confirmedMs = Math.max(before ?? 0, confirmedMs);
    this.buffer.trim();
    if (undelivered.length > 0) this.delivered.notify();
  }

  /** Created once per message, for all recipients at the head. */
  #headCursor(beforeMs: number): HeadCursor {
    const reach = { confirmedMs: this.#confirmedMs ?? 0, listedMs: this.#listedMs ?? 0 };
    const cursor = composeCursor(this.buffer.entries, reach, this.#evictedWatermark(), new Set());
    return { beforeMs, cursor, wire: encodeCursor(cursor) };
  }

  /** Evicted messages count as seen if a listing has proven that nothing is missing before them. */
  #evictedWatermark(): Watermark | null {
    const { evicted } = this.buffer;
    return evicted && evicted.ms <= (this.#listedMs ?? 0) ? evicted : null;
  }

  /** The history as a client at `since` needs it. Null: neither this feed nor `older` reaches back that far. */
  view(since: ResumePoint, older: OlderHistory | null): HistoryView | null {
    if (!this.buffer.isComplete) return null;
    const neededMs = seenBelowMs(toCursor(since));
    const { completeFromMs, entries, undelivered } = this.buffer;
    const hasNewestPage = since === "newest" && entries.length - undelivered.length > PAGE_MAX_MESSAGES;
    if (completeFromMs <= neededMs || hasNewestPage) return this.#ownView();
    const view = older && older.fromMs <= neededMs ? this.#viewWith(older) : null;
    return since === "newest" && view?.partial ? null : view;
  }

  #ownView(): HistoryView {
    return {
      entries: this.buffer.entries,
      confirmedMs: this.#confirmedMs,
      listedMs: this.#listedMs,
      watermark: this.#evictedWatermark(),
      fromBeginning: this.buffer.completeFromMs === Number.NEGATIVE_INFINITY && this.#cutMs === null,
      cutMs: this.#cutMs,
      partial: false,
    };
  }

  /** The older history and, if there is no gap between the two, the complete part of the buffer. */
  #viewWith({ buffer, fromMs, cutMs, reachesBuffer, begunAtMs }: OlderHistory): HistoryView {
    const { completeFromMs, entries, evicted } = this.buffer;
    const older = buffer.entries.filter(
      ({ createdMs, message }) => createdMs < completeFromMs && !this.buffer.isUndelivered(message.id),
    );
    const reachedMs = buffer.entries.at(-1)?.createdMs ?? null;
    // While the older history was read, the buffer may have evicted messages in between.
    const joins = reachesBuffer && (reachedMs === null || reachedMs >= (evicted?.ms ?? reachedMs));
    // A message that appeared late during the read was then at most as old as the overlap.
    const confirmedMs = (this.#confirmedMs ?? 0) - Math.ceil(performance.now() - begunAtMs);
    return {
      entries: joins ? [...older, ...entries.filter((entry) => entry.createdMs >= completeFromMs)] : older,
      confirmedMs: joins ? confirmedMs : Math.min(confirmedMs, reachedMs ?? confirmedMs),
      listedMs: joins ? this.#listedMs : reachedMs,
      watermark: buffer.evicted,
      fromBeginning: fromMs === Number.NEGATIVE_INFINITY && buffer.evicted === null && cutMs === null,
      cutMs: cutMs ?? this.#cutMs,
      partial: !joins,
    };
  }
}

export interface CompleteListing {
  /** `-Infinity`: from the beginning. */
  readonly fromMs: number;
  /** See `Listing`. */
  readonly cutMs: number | null;
  /** The newest `createdAt` in the listing. Null: the listing is empty. */
  readonly reachedMs: number | null;
  /** See `toConfirmedMs`. */
  readonly confirmedMs: number | null;
}
