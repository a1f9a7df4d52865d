import type { BufferedMessage, ReplayBuffer } from "./buffer.ts";
import {
  CURSOR_MAX_SEEN,
  type Cursor,
  type CursorFloor,
  encodeSeen,
  type ShortHash,
  seenBelowMs,
} from "./cursor.ts";
import { composeCursor } from "./history-view.ts";

/** Where a reader stands who has been handed a message and everything before it. Made when the first asks, once for all. */
export interface HeadCursor {
  /** `confirmedMs` before what is being handed out with this message. */
  readonly beforeMs: number;
  readonly cursor: Cursor;
  readonly wire: string;
}

/** How far listings have got, and what the buffer has let go of: see `Cursor`. */
export interface HeadReach {
  readonly confirmedMs: number;
  readonly listedMs: number;
  readonly floor: CursorFloor | null;
}

/**
 * The cursors of readers at a feed's head. To compose one is to look at every entry of the buffer, long after the
 * processor has forgotten them; but from message to message mostly one more has been seen, behind all others, and
 * nothing else is different. Then the last cursor grows by one hash.
 */
export class HeadCursors {
  readonly #buffer: ReplayBuffer;
  /** The last one, of a buffer without anything fresh. */
  #last: Composed | null = null;

  constructor(buffer: ReplayBuffer) {
    this.#buffer = buffer;
  }

  /** Of a reader who has been handed everything that is not fresh, `entry` last of all. */
  after(entry: BufferedMessage, beforeMs: number, reach: HeadReach): HeadCursor {
    return new LazyHeadCursor(beforeMs, () => {
      const composed = this.#grown(entry, reach) ?? this.#anew(reach);
      this.#last = this.#buffer.freshCount === 0 ? composed : null;
      return composed;
    });
  }

  /** Null where more has changed. */
  #grown(entry: BufferedMessage, reach: HeadReach): Composed | null {
    const last = this.#last;
    const { entries, upheavals, freshCount } = this.#buffer;
    if (!last || last.upheavals !== upheavals || !isSameReach(last.reach, reach)) return null;
    if (freshCount > 0 || entries.length !== last.entries + 1 || entries.at(-1) !== entry) return null;
    const { floor, hashes, count } = last;
    if (
      count === CURSOR_MAX_SEEN ||
      entry.createdMs <= seenBelowMs({ confirmedMs: reach.confirmedMs, floor, seen: NOTHING })
    )
      return null;
    hashes.push(entry.hash);
    return { ...last, entries: entries.length, count: count + 1 };
  }

  #anew(reach: HeadReach): Composed {
    const { entries, upheavals } = this.#buffer;
    const { floor, seen } = composeCursor(entries, reach, reach.floor, NOTHING);
    return { reach, floor, hashes: [...seen], count: seen.size, entries: entries.length, upheavals };
  }
}

/** A cursor, and of what it was made. */
interface Composed {
  readonly reach: HeadReach;
  readonly floor: CursorFloor | null;
  /** Shared with the cursors that grow from it: only the first `count` are its own. */
  readonly hashes: ShortHash[];
  readonly count: number;
  /** Of the buffer, so many. */
  readonly entries: number;
  readonly upheavals: number;
}

class LazyHeadCursor implements HeadCursor {
  readonly beforeMs: number;
  readonly #compose: () => Composed;
  #composed: Composed | null = null;
  #cursor: Cursor | null = null;
  #wire: string | null = null;

  constructor(beforeMs: number, compose: () => Composed) {
    this.beforeMs = beforeMs;
    this.#compose = compose;
  }

  get cursor(): Cursor {
    const { reach, floor, hashes, count } = this.#parts;
    this.#cursor ??= { confirmedMs: reach.confirmedMs, floor, seen: new Set(hashes.slice(0, count)) };
    return this.#cursor;
  }

  get wire(): string {
    const { reach, floor, hashes, count } = this.#parts;
    this.#wire ??= encodeSeen(reach.confirmedMs, floor, hashes, count);
    return this.#wire;
  }

  get #parts(): Composed {
    this.#composed ??= this.#compose();
    return this.#composed;
  }
}

function isSameReach(a: HeadReach, b: HeadReach): boolean {
  return (
    a.confirmedMs === b.confirmedMs &&
    a.listedMs === b.listedMs &&
    a.floor?.ms === b.floor?.ms &&
    a.floor?.last === b.floor?.last
  );
}

const NOTHING: ReadonlySet<never> = new Set();
