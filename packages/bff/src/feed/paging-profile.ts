import type { AnswerOutline } from "./listing.ts";

/**
 * How the platform pages its history, as its recent answers show. Shared by all feeds. Page length and backward paging
 * are forgotten after a while, because the platform does not promise them.
 */
export class PagingProfile {
  #longest = 1;
  #longestAtMs = Number.NEGATIVE_INFINITY;
  #newestFirst: boolean | null = null;
  #pagesBack: boolean | null = null;
  #pagesBackAtMs = Number.NEGATIVE_INFINITY;

  observe({ count, newestFirst }: AnswerOutline, nowMs: number): void {
    if (newestFirst !== null) this.#newestFirst = newestFirst;
    if (count < this.pageAtLeast(nowMs)) return;
    this.#longest = count;
    this.#longestAtMs = nowMs;
  }

  observePagesBack(pagesBack: boolean | null, nowMs: number): void {
    if (pagesBack === null || pagesBack === this.pagesBack(nowMs)) return;
    this.#pagesBack = pagesBack;
    this.#pagesBackAtMs = nowMs;
  }

  /** Whether the platform pages backwards. Null: not known, or not observed lately. */
  pagesBack(nowMs: number): boolean | null {
    return nowMs - this.#pagesBackAtMs < PAGES_BACK_TTL_MS ? this.#pagesBack : null;
  }

  /** A page holds at least this many messages, so a shorter answer is not a full page. */
  pageAtLeast(nowMs: number): number {
    return nowMs - this.#longestAtMs < PAGE_LENGTH_TTL_MS ? this.#longest : 1;
  }

  get isDirectionKnown(): boolean {
    return this.#newestFirst !== null;
  }

  /** As in the last answer that showed an order. False if none has. */
  get newestFirst(): boolean {
    return this.#newestFirst ?? false;
  }
}

const PAGE_LENGTH_TTL_MS = 10_000;
const PAGES_BACK_TTL_MS = 10 * 60_000;
