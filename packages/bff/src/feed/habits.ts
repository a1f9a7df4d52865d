import { LRUCache } from "lru-cache";
import type { AnswerOutline } from "./listing.ts";

/**
 * What recent answers show of how the platform lists, shared by all feeds. Short-lived, since nobody promises that it stays
 * so.
 */
export class ListingHabits {
  readonly #lastsMs: number;
  #longest = 1;
  #longestAtMs = Number.NEGATIVE_INFINITY;
  #newestFirst: boolean | null = null;
  #pagesBack: boolean | null = null;
  #pagesBackAtMs = Number.NEGATIVE_INFINITY;

  constructor(lastsMs = 10_000) {
    this.#lastsMs = lastsMs;
  }

  note({ count, newestFirst }: AnswerOutline, nowMs: number): void {
    if (newestFirst !== null) this.#newestFirst = newestFirst;
    if (count < this.pageAtLeast(nowMs)) return;
    this.#longest = count;
    this.#longestAtMs = nowMs;
  }

  notePagesBack(pagesBack: boolean | null, nowMs: number): void {
    if (pagesBack === null || pagesBack === this.pagesBack(nowMs)) return;
    this.#pagesBack = pagesBack;
    this.#pagesBackAtMs = nowMs;
  }

  /** Whether the platform pages backwards; null: not known, or no longer. */
  pagesBack(nowMs: number): boolean | null {
    return nowMs - this.#pagesBackAtMs < PAGES_BACK_LASTS_MS ? this.#pagesBack : null;
  }

  /** A page holds at least as many: a shorter answer is not a full page, and a listing may end with it. */
  pageAtLeast(nowMs: number): number {
    return nowMs - this.#longestAtMs < this.#lastsMs ? this.#longest : 1;
  }

  /** As the last answer that showed an order; null: none has. */
  get newestFirst(): boolean | null {
    return this.#newestFirst;
  }
}

const PAGES_BACK_LASTS_MS = 10 * 60_000;

/**
 * Which change hints are worth a listing, learnt from what the listings brought. The platform's heartbeats are frames that
 * nobody has described, so each would cost a listing for ever. A kind of frame that has brought nothing {@link VAIN_TIMES}
 * times in a row, in whatever sessions, is only tried now and then, until it brings something again. What it would have
 * told meanwhile comes with the listings by which open sockets are verified anyway.
 */
export class HintHabits {
  readonly #kinds = new LRUCache<string, Kind>({ max: 500 });

  /** @param kind see `frameKind` */
  isWorthAsking(kind: string, nowMs: number): boolean {
    const known = this.#kinds.get(kind);
    if (known === undefined || known.vain < VAIN_TIMES) return true;
    if (nowMs < known.tryAtMs) return false;
    known.tryAtMs = nowMs + known.pauseMs;
    known.pauseMs = Math.min(2 * known.pauseMs, LONGEST_PAUSE_MS);
    return true;
  }

  /** A listing has followed hints of these kinds. */
  answered(kinds: Iterable<string>, news: boolean): void {
    for (const kind of kinds) {
      if (news) {
        this.#kinds.delete(kind);
        continue;
      }
      const known = this.#kinds.get(kind);
      if (known) known.vain += 1;
      else this.#kinds.set(kind, { vain: 1, tryAtMs: 0, pauseMs: FIRST_PAUSE_MS });
    }
  }
}

const VAIN_TIMES = 20;
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

interface Kind {
  /** Listings in a row that brought nothing. */
  vain: number;
  tryAtMs: number;
  pauseMs: number;
}
