import { OVERLAP_MS } from "@mailoo-chat/protocol";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import type { ResumePoint } from "./cursor.ts";
import type { CompleteListing, FeedHistory } from "./history.ts";
import { type AskOptions, askNextPage, type HistoryPage, type HistorySource } from "./history-pages.ts";
import {
  beginListing,
  hidesDirection,
  type Listing,
  oldestFirst,
  outlineOf,
  toConfirmedMs,
  toSinceMs,
} from "./listing.ts";

/**
 * Brings a feed's history up to date with the platform's. A *full sync* lists everything since the last confirmed message
 * minus the overlap, and so also finds messages that appeared late. A *delta sync* lists only what is newer than everything
 * known. `feed-machine.ts` decides when each of them runs.
 */
export class HistorySync {
  readonly #source: HistorySource;
  readonly #history: FeedHistory;
  readonly #onPossibleGap: () => void;
  readonly #signal: AbortSignal;
  /** The start of the first full sync. */
  #startMs: number;
  /** The newest `createdAt` that any sync has reached. */
  #reachedMs: number | null = null;
  #run: SyncRun | null = null;
  #hasAskedDirection = false;

  /** @param since where the first subscriber resumes: older messages are not listed */
  constructor(
    source: HistorySource,
    history: FeedHistory,
    since: ResumePoint,
    { onPossibleGap, signal }: { readonly onPossibleGap: () => void; readonly signal: AbortSignal },
  ) {
    this.#source = source;
    this.#history = history;
    this.#onPossibleGap = onPossibleGap;
    this.#signal = signal;
    this.#startMs = toStartMs(since);
  }

  /** The evidence that the session existed before. */
  get known(): "synced" | "cursor" | "no" {
    if (this.#history.buffer.isComplete) return "synced";
    return this.#startMs === Number.NEGATIVE_INFINITY ? "no" : "cursor";
  }

  /**
   * Runs a sync, or continues one that was paused.
   *
   * @param takeHints the kinds of the change hints that caused a new sync
   */
  async run(full: boolean, urgent: boolean, takeHints: () => ReadonlySet<string>): Promise<SyncOutcome> {
    if (this.#run?.full !== full) this.#run = this.#begin(full, takeHints());
    const run = this.#run;
    const options: AskOptions = { priority: urgent ? "interactive" : "background" };
    for (let pages = 0; pages < PAGES_PER_RUN; pages += 1) {
      let page: HistoryPage;
      try {
        page = await askNextPage(this.#source, run.listing, options, this.#signal);
      } catch (error) {
        return this.#fail(run, error);
      }
      if (hidesDirection(page.messages)) await this.#learnDirection(options);
      if (this.#signal.aborted) break;
      if (this.#take(run, page)) return this.#complete(run);
    }
    return { type: "paused" };
  }

  #begin(full: boolean, hints: ReadonlySet<string>): SyncRun {
    const { paging } = this.#source;
    const nowMs = performance.now();
    const { confirmedMs } = this.#history;
    const startMs = confirmedMs === null ? this.#startMs : confirmedMs - OVERLAP_MS;
    const reachedMs = this.#reachedMs;
    const range =
      full || reachedMs === null
        ? { sinceMs: toSinceMs(startMs), knownMs: confirmedMs }
        : { sinceMs: reachedMs - 1, reachedMs, knownMs: reachedMs, full: false };
    const listing = beginListing({
      ...range,
      pageAtLeast: paging.pageAtLeast(nowMs),
      pagesBack: paging.pagesBack(nowMs),
    });
    return { full, listing, startMs, begunAtMs: nowMs, hints, news: false, resumed: false };
  }

  /** Requests the first page once: it usually shows in which direction the platform lists. */
  async #learnDirection(options: AskOptions): Promise<void> {
    const { client, session, paging } = this.#source;
    if (paging.isDirectionKnown || this.#hasAskedDirection) return;
    this.#hasAskedDirection = true;
    try {
      const firstPage = await client.list({ ...session, ...options, sinceMs: null }, this.#signal);
      paging.observe(outlineOf(firstPage), null, performance.now());
    } catch {
      // The next answer may show the direction.
    }
  }

  /** Returns true if the listing is complete. */
  #take(run: SyncRun, page: HistoryPage): boolean {
    const { newestFirst } = this.#source.paging;
    if (this.#history.buffer.addListed(oldestFirst(page.messages, newestFirst), newestFirst)) run.news = true;
    if (page.possibleGap) this.#onPossibleGap();
    run.listing = page.listing;
    const { reachedMs } = page.listing;
    if (reachedMs !== null) this.#reachedMs = Math.max(this.#reachedMs ?? 0, reachedMs);
    // A long sync delivers before its end, because the buffer cannot hold everything.
    if (this.#history.buffer.undelivered.length > MAX_UNDELIVERED) this.#history.deliver(null);
    if (page.done && this.#isWrongStart(run)) {
      this.#startMs = run.startMs = Number.NEGATIVE_INFINITY;
      run.listing = beginListing({});
      return false;
    }
    return page.done;
  }

  /** The platform lists nothing from the first subscriber's cursor on, not even messages that the subscriber has seen. */
  #isWrongStart({ listing, startMs }: SyncRun): boolean {
    return listing.reachedMs === null && !this.#history.buffer.isComplete && toSinceMs(startMs) !== null;
  }

  #fail(run: SyncRun, error: unknown): SyncOutcome {
    // The first sync may be long, so it continues where it failed. Later ones restart.
    if (this.#history.buffer.isComplete) this.#run = null;
    run.resumed = true;
    return { type: "failed", failure: error instanceof MailooError ? error.failure : NO_ANSWER };
  }

  #complete({ full, listing, startMs, begunAtMs, hints, news, resumed }: SyncRun): SyncOutcome {
    this.#run = null;
    const { cutMs, reachedMs } = listing;
    const fromMs = toSinceMs(startMs) === null ? Number.NEGATIVE_INFINITY : startMs;
    const confirmedMs = toConfirmedMs(listing, performance.now() - begunAtMs);
    const complete = full ? { fromMs, cutMs, reachedMs, confirmedMs } : null;
    return { type: "complete", complete, hints, news, resumed };
  }
}

export type SyncOutcome =
  | {
      readonly type: "complete";
      /** For a full sync: what it has completed. */
      readonly complete: CompleteListing | null;
      /** Kinds of the change hints that caused this sync. */
      readonly hints: ReadonlySet<string>;
      readonly news: boolean;
      /** It continued after a failure. */
      readonly resumed: boolean;
    }
  /** There is more to list. */
  | { readonly type: "paused" }
  | { readonly type: "failed"; readonly failure: MailooFailure };

/** A sync in progress. */
interface SyncRun {
  readonly full: boolean;
  readonly begunAtMs: number;
  readonly hints: ReadonlySet<string>;
  startMs: number;
  listing: Listing;
  news: boolean;
  resumed: boolean;
}

const PAGES_PER_RUN = 50;
const MAX_UNDELIVERED = 200;
const NO_ANSWER: MailooFailure = { kind: "no-answer", timedOut: false };

/**
 * A client's time may not match the platform's clock, and a watermark may come from such a time. So only a cursor's
 * `confirmedMs` decides where to begin; the others only limit what their client receives.
 */
function toStartMs(since: ResumePoint): number {
  if (since === "newest" || since.confirmedMs === 0) return Number.NEGATIVE_INFINITY;
  return since.confirmedMs - OVERLAP_MS;
}
