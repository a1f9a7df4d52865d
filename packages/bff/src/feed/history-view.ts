import { OVERLAP_MS, PAGE_MAX_MESSAGES, SERVER_FRAME_MAX_BYTES } from "@mailoo-chat/protocol";
import type { BufferedMessage } from "./buffer.ts";
import { CURSOR_MAX_SEEN, type Cursor, type CursorFloor, type ShortHash, seenBelowMs } from "./cursor.ts";
import type { ResumePoint } from "./resume-point.ts";
import { misplaced, tiesIn } from "./ties.ts";

/** A stretch of a session's history, complete from where its reader needs it. */
export interface HistoryView {
  /** In order. Fresh ones are not to be read yet. */
  readonly entries: readonly BufferedMessage[];
  /** What cursors may be moved to; null where no listing has found anything yet. */
  readonly confirmedMs: number | null;
  /** Up to here nothing is missing but what comes late. Never before `confirmedMs`. */
  readonly listedMs: number | null;
  /** What counts as seen although it is not here any more. */
  readonly floor: CursorFloor | null;
  /** False: older messages exist, or may. */
  readonly fromBeginning: boolean;
  /** Before the messages of this time others may exist that the platform does not list. */
  readonly cutMs: number | null;
  /** The history goes on behind the last entry. */
  readonly partial: boolean;
}

/** What a reader has not seen of a view: one page of it, and the cursor after each of its messages. */
export interface UnreadPage {
  readonly entries: readonly BufferedMessage[];
  readonly more: boolean;
  readonly truncated: boolean;
  /** Short hashes of what the reader has seen by another way, and this view does not know, or does not reach. */
  readonly foreign: ReadonlySet<ShortHash>;
  /** Resumes after the first `count` of the page's entries. Null where there is nothing to resume from. */
  cursorAfter(count: number): Cursor | null;
}

/** Room for the page's own keys, its cursor and a fresh token. */
const PAGE_OVERHEAD_BYTES = 8 * 1024;
const PAGE_MAX_BYTES = SERVER_FRAME_MAX_BYTES - PAGE_OVERHEAD_BYTES;

/**
 * The next page for a reader: the oldest unread messages, or, for one who asks for the newest page, the newest.
 *
 * @param alsoSeen short hashes of what the reader was handed out of turn since.
 */
export function unreadPage(
  view: HistoryView,
  since: ResumePoint,
  alsoSeen: ReadonlySet<ShortHash>,
): UnreadPage {
  const base = toCursor(since);
  const unread = unreadEntries(view.entries, base, alsoSeen);
  const newest = since.kind === "newest";
  const entries = newest ? cutPage(unread.toReversed()).toReversed() : cutPage(unread);
  const foreign = foreignTo(view, base.seen);
  const left = unread.length - entries.length;
  return {
    entries,
    more: !newest && (left > 0 || view.partial),
    foreign,
    // A reader who goes on knows what was there before, unless the first that it has not seen is where the platform stops.
    truncated: newest ? left > 0 || !view.fromBeginning : entries[0]?.createdMs === view.cutMs,
    cursorAfter(count) {
      const remaining = newest ? entries.slice(count) : unread.slice(count);
      const first = remaining[0];
      const confirmedMs = Math.max(
        base.confirmedMs,
        Math.min(view.confirmedMs ?? base.confirmedMs, first?.createdMs ?? Number.POSITIVE_INFINITY),
      );
      const listedMs = Math.max(confirmedMs, view.listedMs ?? 0);
      const unseen = new Set(remaining);
      const composed = composeCursor(
        view.entries,
        { confirmedMs, listedMs },
        laterFloor(base.floor, newest ? view.floor : null),
        unseen,
      );
      const cursor = withSeen(composed, foreign);
      return cursor.confirmedMs === 0 && !cursor.floor && cursor.seen.size === 0 ? null : cursor;
    },
  };
}

/**
 * What a reader has not seen, and what it must be handed again, since it has messages of one millisecond in another order
 * than the platform lists them.
 */
function unreadEntries(
  entries: readonly BufferedMessage[],
  base: Cursor,
  alsoSeen: ReadonlySet<ShortHash>,
): readonly BufferedMessage[] {
  const hasSeen = seenBy(entries, base);
  const offered = entries.filter((entry) => !entry.fresh);
  const unread = new Set(offered.filter((entry) => !alsoSeen.has(entry.hash) && !hasSeen(entry)));
  let places: ReadonlyMap<ShortHash, number> | null = null;
  for (const ties of tiesIn(offered)) {
    places ??= new Map([...base.seen].map((hash, place) => [hash, place]));
    // What no listing has told yet stands as it came, which another replica may have seen otherwise.
    const isListed = ties.every(({ source }) => source === "listing");
    let last = 0;
    const placeOf = (entry: BufferedMessage) => {
      if (unread.has(entry)) return null;
      // What was handed out of turn came last of all.
      if (isListed)
        last = alsoSeen.has(entry.hash) ? Number.POSITIVE_INFINITY : (places?.get(entry.hash) ?? last);
      return last;
    };
    for (const entry of misplaced(ties, placeOf)) unread.add(entry);
  }
  return unread.size === 0 ? [] : offered.filter((entry) => unread.has(entry));
}

/**
 * The cursor of a reader who has seen all of `entries` but the fresh ones and those in `unseen`.
 *
 * @param floor what counts as seen anyway.
 */
export function composeCursor(
  entries: readonly BufferedMessage[],
  { confirmedMs, listedMs }: { readonly confirmedMs: number; readonly listedMs: number },
  floor: CursorFloor | null,
  unseen: ReadonlySet<BufferedMessage>,
): Cursor {
  const standingFloor = floor && floor.ms >= confirmedMs - OVERLAP_MS ? floor : null;
  const isCovered = seenBy(entries, { confirmedMs, floor: standingFloor, seen: NONE });
  const seen: BufferedMessage[] = [];
  let coverable = 0;
  let allSeenSoFar = true;
  for (const entry of entries) {
    if (entry.fresh || unseen.has(entry)) {
      allSeenSoFar = false;
      continue;
    }
    // A send's own time may be provisional: what the platform will say it is may well be younger.
    if (entry.source !== "send" && isCovered(entry)) continue;
    seen.push(entry);
    if (allSeenSoFar && entry.createdMs <= listedMs) coverable = seen.length;
  }
  const excess = Math.max(0, seen.length - CURSOR_MAX_SEEN);
  const last = seen[Math.min(excess, coverable) - 1];
  const hashes = new Set<ShortHash>();
  for (const entry of excess > 0 ? seen.slice(excess) : seen) hashes.add(entry.hash);
  return {
    confirmedMs,
    floor: last ? { ms: last.createdMs, last: last.hash } : standingFloor,
    seen: hashes,
  };
}

/**
 * What the platform takes back, or dates otherwise than it was first told, stays foreign for ever: the longest known, which
 * cursors carry last, are let go.
 */
const MAX_FOREIGN = 32;

function foreignTo({ entries, partial }: HistoryView, seen: ReadonlySet<ShortHash>): ReadonlySet<ShortHash> {
  const known = new Set<ShortHash>();
  for (const entry of entries) if (!entry.fresh) known.add(entry.hash);
  const foreign = [...seen].filter((hash) => !known.has(hash));
  return new Set(partial ? foreign : foreign.slice(0, MAX_FOREIGN));
}

/** A cursor that has seen these as well, as many as it can carry. */
export function withSeen(cursor: Cursor, hashes: ReadonlySet<ShortHash>): Cursor {
  if (hashes.size === 0) return cursor;
  const seen = new Set(cursor.seen);
  for (const hash of hashes) if (seen.size < CURSOR_MAX_SEEN) seen.add(hash);
  return { ...cursor, seen };
}

/** The cursor that says what a resume point says. The newest page begins with nothing seen. */
export function toCursor(since: ResumePoint): Cursor {
  switch (since.kind) {
    case "cursor":
      return since.cursor;
    case "time":
      return { confirmedMs: 0, seen: NONE, floor: { ms: since.timeMs, last: null } };
    case "newest":
      return { confirmedMs: 0, seen: NONE, floor: null };
  }
}

/** Whether a reader at `cursor` has seen an entry of `entries`. */
export function seenBy(
  entries: readonly BufferedMessage[],
  cursor: Cursor,
): (entry: BufferedMessage) => boolean {
  const belowMs = cursor.confirmedMs === 0 && !cursor.floor ? Number.NEGATIVE_INFINITY : seenBelowMs(cursor);
  const atFloor = floorMembers(entries, cursor.floor);
  return (entry) => entry.createdMs < belowMs || atFloor.has(entry) || cursor.seen.has(entry.hash);
}

const NONE: ReadonlySet<never> = new Set();

/** The entries of the floor's very millisecond that it covers. */
function floorMembers(
  entries: readonly BufferedMessage[],
  floor: CursorFloor | null,
): ReadonlySet<BufferedMessage> {
  if (!floor) return NONE;
  const sameMs = entries.filter((entry) => entry.createdMs === floor.ms);
  if (floor.last === null) return new Set(sameMs);
  return new Set(sameMs.slice(0, sameMs.findIndex((entry) => entry.hash === floor.last) + 1));
}

function laterFloor(a: CursorFloor | null, b: CursorFloor | null): CursorFloor | null {
  if (!a || !b) return a ?? b;
  return a.ms >= b.ms ? a : b;
}

/** As many from the front as one answer may hold, and always one. */
function cutPage(entries: readonly BufferedMessage[]): BufferedMessage[] {
  const page: BufferedMessage[] = [];
  let bytes = 0;
  for (const entry of entries) {
    bytes += Buffer.byteLength(JSON.stringify(entry.message)) + 1;
    if (page.length === PAGE_MAX_MESSAGES || (page.length > 0 && bytes > PAGE_MAX_BYTES)) break;
    page.push(entry);
  }
  return page;
}
