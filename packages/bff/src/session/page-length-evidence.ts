/**
 * What recent answers prove of the platform's page length, shared by all feeds: a shorter answer is not a full page, and
 * a listing may end with it. Short-lived, since nobody promises that the length stays.
 */
export class PageLengthEvidence {
  readonly #lastsMs: number;
  #longest = 1;
  #atMs = 0;

  constructor(lastsMs = 10_000) {
    this.#lastsMs = lastsMs;
  }

  note(count: number, nowMs: number): void {
    if (count < this.atLeast(nowMs)) return;
    this.#longest = count;
    this.#atMs = nowMs;
  }

  /** A page holds at least as many. */
  atLeast(nowMs: number): number {
    return nowMs - this.#atMs < this.#lastsMs ? this.#longest : 1;
  }
}
