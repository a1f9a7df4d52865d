import type { AnswerOutline } from "./listing.ts";

/**
 * What recent answers show of how the platform lists, shared by all feeds. Short-lived, since nobody promises that it stays
 * so.
 */
export class ListingHabits {
  readonly #lastsMs: number;
  #longest = 1;
  #longestAtMs = Number.NEGATIVE_INFINITY;
  #newestFirst = false;

  constructor(lastsMs = 10_000) {
    this.#lastsMs = lastsMs;
  }

  note({ count, newestFirst }: AnswerOutline, nowMs: number): void {
    if (newestFirst !== null) this.#newestFirst = newestFirst;
    if (count < this.pageAtLeast(nowMs)) return;
    this.#longest = count;
    this.#longestAtMs = nowMs;
  }

  /** A page holds at least as many: a shorter answer is not a full page, and a listing may end with it. */
  pageAtLeast(nowMs: number): number {
    return nowMs - this.#longestAtMs < this.#lastsMs ? this.#longest : 1;
  }

  /** As the last answer that showed an order. */
  get newestFirst(): boolean {
    return this.#newestFirst;
  }
}
