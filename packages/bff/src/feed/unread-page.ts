import {
  type MessagePage,
  OVERLAP_MS,
  PAGE_MAX_MESSAGES,
  SERVER_FRAME_MAX_BYTES,
} from "@mailoo-chat/protocol";
import {
  CURSOR_MAX_SEEN,
  type Cursor,
  encodeCursor,
  type ResumePoint,
  type ShortHash,
  seenBelowMs,
  toCursor,
  type Watermark,
  withSeen,
} from "./cursor.ts";
import { type BufferedMessage, groupsOfEqualTime, outOfPlace } from "./replay-buffer.ts";

/** A part of a session's history, complete from where a client needs it. */
export interface HistoryView {
  /** In order. Undelivered ones are hidden from pages. */
  readonly entries: readonly BufferedMessage[];
  /** The highest `confirmedMs` for cursors. Null: no listing has found anything yet. */
  readonly confirmedMs: number | null;
  /** Up to here only messages that appear late can be missing. Never before `confirmedMs`. */
  readonly listedMs: number | null;
  /** Messages up to it count as seen, although the view no longer holds them. */
  readonly watermark: Watermark | null;
  /** False: older messages exist, or may exist. */
  readonly fromBeginning: boolean;
  /** Just before this time, messages may exist that the platform does not list. */
  readonly cutMs: number | null;
  /** The history continues after the last entry. */
  readonly partial: boolean;
}

/** One page of a view's unread messages, and the cursor after each of them. */
export interface UnreadPage {
  readonly entries: readonly BufferedMessage[];
  readonly more: boolean;
  readonly truncated: boolean;
  /** Messages that the client has seen through another replica, and that this view does not contain. */
  readonly unknown: ReadonlySet<ShortHash>;
  /** Resumes after the first `count` of the page's entries. Null: there is nothing to resume from. */
  cursorAfter(count: number): Cursor | null;
}

/** Bytes reserved for the page's own keys, its cursor and a new token. */
const PAGE_OVERHEAD_BYTES = 8 * 1024;
const PAGE_MAX_BYTES = SERVER_FRAME_MAX_BYTES - PAGE_OVERHEAD_BYTES;

/**
 * A client's next page: the oldest unread messages, or the newest ones if it requests the newest page.
 *
 * @param alsoSeen messages that the client has since received out of order, in the order of delivery
 */
export function unreadPage(
  view: HistoryView,
  since: ResumePoint,
  alsoSeen: ReadonlySet<ShortHash> = new Set(),
): UnreadPage {
  const base = toCursor(since);
  // A page's cursor is computed later, when the feed may have delivered more.
  const known = [...view.entries];
  const undelivered = known.filter((entry) => !entry.delivered);
  const unread = unreadEntries(known, base, alsoSeen);
  const isNewest = since === "newest";
  const entries = isNewest ? firstPageOf(unread.toReversed()).toReversed() : firstPageOf(unread);
  const unknown = unknownTo(view, base.seen);
  // The client has these before the others of their millisecond, so its order may differ from the platform's.
  const revised = new Set(undelivered.filter((entry) => entry.revised).map((entry) => entry.hash));
  const misplaced = [...base.seen].filter((hash) => revised.has(hash));
  const left = unread.length - entries.length;
  return {
    entries,
    more: !isNewest && (left > 0 || view.partial),
    unknown,
    // A resuming client has the older messages, unless the possible gap is right before its first unread message.
    truncated: isNewest ? left > 0 || !view.fromBeginning : entries[0]?.createdMs === view.cutMs,
    cursorAfter(count) {
      const remaining = isNewest ? entries.slice(count) : unread.slice(count);
      const firstMs = remaining[0]?.createdMs ?? Number.POSITIVE_INFINITY;
      const confirmedMs = Math.max(base.confirmedMs, Math.min(view.confirmedMs ?? base.confirmedMs, firstMs));
      const listedMs = Math.max(confirmedMs, view.listedMs ?? 0);
      const watermark = laterWatermark(base.watermark, isNewest ? view.watermark : null);
      const unseen = new Set([...remaining, ...undelivered]);
      const composed = composeCursor(known, { confirmedMs, listedMs }, watermark, unseen);
      const cursor = withSeen({ ...composed, seen: new Set([...misplaced, ...composed.seen]) }, unknown);
      return cursor.confirmedMs === 0 && !cursor.watermark && cursor.seen.size === 0 ? null : cursor;
    },
  };
}

/** The page in its wire form, or its entries within a range. */
export function toMessagePage(page: UnreadPage, from = 0, to = page.entries.length): MessagePage {
  const cursor = page.cursorAfter(to);
  return {
    messages: page.entries.slice(from, to).map((entry) => entry.message),
    cursor: cursor && encodeCursor(cursor),
    more: page.more || to < page.entries.length,
    truncated: page.truncated,
  };
}

/** An empty page that keeps the client's position. */
export function emptyPage(since: ResumePoint, more = false): MessagePage {
  const cursor = since === "newest" ? null : encodeCursor(since);
  return { messages: [], cursor, more, truncated: false };
}

/** The number of entries from `from` on that fit into `maxBytes`. */
export function countWithin(entries: readonly BufferedMessage[], from: number, maxBytes: number): number {
  let bytes = 0;
  let at = from;
  for (; at < entries.length; at += 1) {
    bytes += Buffer.byteLength(JSON.stringify(entries[at]?.message)) + 1;
    if (bytes > maxBytes) break;
  }
  return at - from;
}

/** As many as fit into one answer, and at least one. */
function firstPageOf(entries: readonly BufferedMessage[]): readonly BufferedMessage[] {
  const page = entries.slice(0, PAGE_MAX_MESSAGES);
  return page.slice(0, Math.max(1, countWithin(page, 0, PAGE_MAX_BYTES)));
}

/** Messages that a client has not seen, or must receive again to have equal times in the platform's order. */
function unreadEntries(
  entries: readonly BufferedMessage[],
  base: Cursor,
  alsoSeen: ReadonlySet<ShortHash>,
): readonly BufferedMessage[] {
  const hasSeen = seenBy(entries, base);
  const delivered = entries.filter((entry) => entry.delivered);
  const unread = new Set(delivered.filter((entry) => !alsoSeen.has(entry.hash) && !hasSeen(entry)));
  const places = new Map([...base.seen, ...alsoSeen].map((hash, place) => [hash, place]));
  for (const group of groupsOfEqualTime(delivered)) {
    // Only a listing shows the order; another replica may have received the pushes in a different order.
    const isListed = group.every(({ source }) => source === "listing");
    let last = 0;
    const placeOf = (entry: BufferedMessage) => {
      if (unread.has(entry)) return null;
      if (isListed) last = places.get(entry.hash) ?? last;
      return last;
    };
    for (const entry of outOfPlace(group, placeOf)) unread.add(entry);
  }
  return delivered.filter((entry) => unread.has(entry));
}

/**
 * The cursor of a client that has seen all of `entries` except the undelivered ones and those in `unseen`.
 *
 * @param watermark everything up to it counts as seen
 */
export function composeCursor(
  entries: readonly BufferedMessage[],
  { confirmedMs, listedMs }: { readonly confirmedMs: number; readonly listedMs: number },
  watermark: Watermark | null,
  unseen: ReadonlySet<BufferedMessage>,
): Cursor {
  const keptWatermark = watermark && watermark.ms >= confirmedMs - OVERLAP_MS ? watermark : null;
  const isCovered = seenBy(entries, { confirmedMs, watermark: keptWatermark, seen: new Set() });
  const seen: BufferedMessage[] = [];
  let coverable = 0;
  let allSeenSoFar = true;
  for (const entry of entries) {
    if (!entry.delivered || unseen.has(entry)) {
      allSeenSoFar = false;
      continue;
    }
    // A send's own time may be provisional, and the platform's may be much later: always carry its hash.
    if (entry.source !== "send" && isCovered(entry)) continue;
    seen.push(entry);
    if (allSeenSoFar && entry.createdMs <= listedMs) coverable = seen.length;
  }
  const excess = Math.max(0, seen.length - CURSOR_MAX_SEEN);
  const last = seen[Math.min(excess, coverable) - 1];
  return {
    confirmedMs,
    watermark: last ? { ms: last.createdMs, last: last.hash } : keptWatermark,
    seen: new Set(seen.slice(excess).map((entry) => entry.hash)),
  };
}

/**
 * A message that the platform removes, or gives another date, never becomes known, so their number is limited. The oldest
 * ones, which come last in cursors, are dropped.
 */
const MAX_UNKNOWN = 32;

function unknownTo({ entries, partial }: HistoryView, seen: ReadonlySet<ShortHash>): ReadonlySet<ShortHash> {
  const known = new Set(entries.filter((entry) => entry.delivered).map((entry) => entry.hash));
  const unknown = [...seen].filter((hash) => !known.has(hash));
  return new Set(partial ? unknown : unknown.slice(0, MAX_UNKNOWN));
}

/** Whether a client at `cursor` has seen an entry of `entries`. */
export function seenBy(
  entries: readonly BufferedMessage[],
  cursor: Cursor,
): (entry: BufferedMessage) => boolean {
  const belowMs = seenBelowMs(cursor);
  const atWatermark = coveredAtWatermark(entries, cursor.watermark);
  return (entry) => entry.createdMs < belowMs || atWatermark.has(entry) || cursor.seen.has(entry.hash);
}

/** The entries of exactly the watermark's millisecond, up to its last message. */
function coveredAtWatermark(
  entries: readonly BufferedMessage[],
  watermark: Watermark | null,
): ReadonlySet<BufferedMessage> {
  if (!watermark || watermark.last === null) return new Set();
  const sameMs = entries.filter((entry) => entry.createdMs === watermark.ms);
  return new Set(sameMs.slice(0, sameMs.findIndex((entry) => entry.hash === watermark.last) + 1));
}

function laterWatermark(a: Watermark | null, b: Watermark | null): Watermark | null {
  if (!a || !b) return a ?? b;
  return a.ms >= b.ms ? a : b;
}
