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
