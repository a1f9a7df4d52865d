import type { ChatMessage } from "@mailoo-chat/protocol";

/**
 * How a session's history is listed completely, although the platform does not document whether `since` includes its bound
 * or how long a page is: query again from one millisecond before the newest `createdAt` of an answer, until an answer has
 * nothing newer and cannot be a full page. That is right for both readings of `since`, for equal timestamps, and for any
 * page length, as long as pages come oldest first. If one millisecond holds more messages than a page, the rest of them
 * cannot be listed: the listing steps over that millisecond and reports a possible gap.
 *
 * A platform that lists the newest page instead is recognised by a last answer that looks like a full page. The listing then
 * pages backwards with `before`, which is not documented either. If that does not work, the listing is marked as cut.
 *
 * `Listing` is the pure part: the next query and what is known so far. It receives only a summary of each answer.
 */
export interface Listing {
  /** The `since` of the next query. Null: from the beginning. */
  readonly sinceMs: number | null;
  /** Set while the listing pages backwards: the next query requests only older messages. */
  readonly beforeMs: number | null;
  /** Newest `createdAt` of all answers, and of the first one. */
  readonly reachedMs: number | null;
  readonly firstReachedMs: number | null;
  /** A page holds at least this many messages. */
  readonly pageAtLeast: number;
  /** False: the listing ends with the first answer that has nothing newer, even if that may be a full page. */
  readonly full: boolean;
  /** Everything up to here is known from earlier listings. */
  readonly knownMs: number | null;
  /** An answer that may have been cut at its older end. */
  readonly suspect: SuspectPage | null;
  /** Whether the platform pages backwards. Null: not known. */
  readonly pagesBack: boolean | null;
  /** Just before this time, messages may exist that cannot be listed. Null: there are none. */
  readonly cutMs: number | null;
}

interface SuspectPage {
  /** The query that it answered. */
  readonly sinceMs: number | null;
  readonly oldestMs: number;
  /** It has a usual page length: it counts as cut even if that cannot be verified. */
  readonly looksFull: boolean;
}

/** Summary of an answer that is not empty. */
export interface AnswerOutline {
  readonly count: number;
  /** Of `createdAt`. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Null if all its times are equal. */
  readonly newestFirst: boolean | null;
}

export interface ListingStep {
  readonly listing: Listing;
  readonly done: boolean;
  /** An answer was cut within one millisecond: the rest of that millisecond cannot be listed. */
  readonly possibleGap: boolean;
}

/** The initial knowledge of a listing. */
type ListingStart = Pick<Listing, "sinceMs" | "reachedMs" | "pageAtLeast" | "full" | "knownMs" | "pagesBack">;

/** By default, nothing is known from earlier listings. For a delta sync, `reachedMs` is the newest known `createdAt`. */
export function beginListing(start: Partial<ListingStart>): Listing {
  return {
    sinceMs: null,
    beforeMs: null,
    reachedMs: null,
    firstReachedMs: null,
    pageAtLeast: 1,
    full: true,
    knownMs: null,
    suspect: null,
    pagesBack: null,
    cutMs: null,
    ...start,
  };
}

/** @param answer null: it is empty, or the platform refuses to page backwards */
export function stepListing(listing: Listing, answer: AnswerOutline | null): ListingStep {
  const { suspect, beforeMs } = listing;
  if (suspect !== null && beforeMs !== null) return stepBack(listing, suspect, beforeMs, answer);
  const step = stepForward(listing, answer);
  return step.done && step.listing.suspect !== null ? turnBack(step, step.listing.suspect) : step;
}

function stepForward(listing: Listing, answer: AnswerOutline | null): ListingStep {
  if (answer === null) return { listing, done: true, possibleGap: false };
  const sinceMs = listing.sinceMs ?? Number.NEGATIVE_INFINITY;
  const reachedBefore = listing.reachedMs ?? Number.NEGATIVE_INFINITY;
  const reachedMs = Math.max(reachedBefore, answer.newestMs);
  const isNewer = reachedMs > reachedBefore;
  // A page that is followed by a newer one was cut at its newer end, unless the platform lists newest first.
  const isStillSuspect = listing.suspect !== null && (!isNewer || answer.newestFirst === true);
  const next: Listing = {
    ...listing,
    reachedMs,
    firstReachedMs: listing.firstReachedMs ?? answer.newestMs,
    pageAtLeast: Math.max(listing.pageAtLeast, answer.count),
    suspect: isStillSuspect ? listing.suspect : suspectPage(listing, answer),
  };

  // Newer, although the query began at the newest known message: so the previous answer was a full page.
  const possibleGap =
    isNewer && listing.firstReachedMs !== null && sinceMs >= reachedBefore && answer.oldestMs > sinceMs;

  if (isNewer && reachedMs - 1 > sinceMs) {
    return { listing: { ...next, sinceMs: reachedMs - 1 }, done: false, possibleGap };
  }
  const mayBeFullPage = answer.count >= next.pageAtLeast;
  if (!listing.full || !mayBeFullPage || sinceMs > reachedMs)
    return { listing: next, done: true, possibleGap };
  return { listing: { ...next, sinceMs: sinceMs + 1 }, done: false, possibleGap };
}

function suspectPage(listing: Listing, answer: AnswerOutline): SuspectPage | null {
  const { sinceMs, knownMs, pageAtLeast, pagesBack } = listing;
  const { count, oldestMs, newestFirst } = answer;
  // Known messages are only listed again if backward paging works, because others may have appeared late among them.
  const fromMs = pagesBack === true ? sinceMs : Math.max(sinceMs ?? 0, knownMs ?? 0);
  const reachesStart = oldestMs <= (fromMs ?? 0) + 1;
  if (reachesStart || count < pageAtLeast) return null;
  const isUsual = USUAL_PAGE_LENGTHS.has(count);
  // Conversations of 10 or 20 messages are too common to treat each of them as cut.
  const looksFull = isUsual && (newestFirst === true || count >= 50);
  const canBeVerified = pagesBack !== false && (isUsual || (newestFirst === true && count > 1));
  return looksFull || canBeVerified ? { sinceMs, oldestMs, looksFull } : null;
}

const USUAL_PAGE_LENGTHS: ReadonlySet<number> = new Set([
  10, 15, 20, 25, 30, 40, 50, 60, 100, 200, 250, 500, 1000,
]);

function turnBack({ listing, possibleGap }: ListingStep, suspect: SuspectPage): ListingStep {
  if (listing.pagesBack === false) return endAsCut(suspect, listing);
  // One millisecond later, so that no message of the oldest millisecond is missed if the bound is excluded.
  const question = { sinceMs: suspect.sinceMs, beforeMs: suspect.oldestMs + 1 };
  return { listing: { ...listing, ...question }, done: false, possibleGap };
}

function stepBack(
  listing: Listing,
  suspect: SuspectPage,
  beforeMs: number,
  answer: AnswerOutline | null,
): ListingStep {
  // The oldest known message lies before `before`: an answer without it, or with a newer one, ignored the parameter.
  if (answer === null || answer.newestMs > beforeMs) {
    return endAsCut(suspect, { ...listing, pagesBack: false });
  }
  const { oldestMs } = answer;
  const next: Listing = { ...listing, pagesBack: true };
  if (oldestMs < suspect.oldestMs) {
    const question = { suspect: { ...suspect, oldestMs }, beforeMs: oldestMs + 1 };
    return { listing: { ...next, ...question }, done: false, possibleGap: false };
  }
  // Nothing is older, unless the messages of exactly that millisecond fill a page.
  const isFullPage = answer.count > 1 && answer.count >= listing.pageAtLeast && beforeMs > suspect.oldestMs;
  if (isFullPage) return { listing: { ...next, beforeMs: suspect.oldestMs }, done: false, possibleGap: true };
  return { listing: { ...next, suspect: null, beforeMs: null }, done: true, possibleGap: false };
}

function endAsCut({ looksFull, oldestMs }: SuspectPage, listing: Listing): ListingStep {
  return {
    listing: { ...listing, suspect: null, beforeMs: null, cutMs: looksFull ? oldestMs : null },
    done: true,
    possibleGap: looksFull,
  };
}

/**
 * What a complete listing confirms: the `createdAt` up to which every existing message is known. Messages that appear later
 * are older than that by at most the overlap.
 *
 * A message may have appeared in a part that was already listed. It was at most as old as the overlap *then*, so the time
 * since the first answer is subtracted from the newest time of the later ones.
 */
export function toConfirmedMs(listing: Listing, tookMs: number): number | null {
  if (listing.reachedMs === null) return null;
  return Math.max(listing.firstReachedMs ?? 0, listing.reachedMs - Math.ceil(tookMs));
}

/** The `since` that includes `fromMs` even if the platform excludes the bound. */
export function toSinceMs(fromMs: number): number | null {
  return fromMs > 0 ? fromMs - 1 : null;
}

/** Null for an empty answer. */
export function outlineOf(answer: readonly ChatMessage[]): AnswerOutline | null {
  const times = answer.map(createdMsOf);
  const [firstMs] = times;
  const lastMs = times.at(-1);
  if (firstMs === undefined || lastMs === undefined) return null;
  return {
    count: times.length,
    oldestMs: Math.min(...times),
    newestMs: Math.max(...times),
    newestFirst: firstMs === lastMs ? null : firstMs > lastMs,
  };
}

/** The messages all have one time, so the answer does not show in which direction the platform lists. */
export function hidesDirection(answer: readonly ChatMessage[]): boolean {
  return answer.length > 1 && outlineOf(answer)?.newestFirst === null;
}

/** `createdAt` in epoch milliseconds. */
export function createdMsOf(message: ChatMessage): number {
  return Date.parse(message.createdAt);
}

/**
 * An answer, oldest first. If the platform lists newest first, equal timestamps are reversed as well.
 *
 * @param newestFirst how the platform lists, used if the answer itself does not show it
 */
export function oldestFirst(answer: readonly ChatMessage[], newestFirst: boolean): readonly ChatMessage[] {
  const ascending = (outlineOf(answer)?.newestFirst ?? newestFirst) ? answer.toReversed() : answer;
  return ascending.toSorted((a, b) => createdMsOf(a) - createdMsOf(b));
}
