import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ListQuery, MailooClient, SessionRef } from "../platform/client.ts";
import { MailooError } from "../platform/errors.ts";

/**
 * How a session's history is read whole, although nobody has published whether `since` includes its bound or how long a
 * page is: ask again one millisecond before the newest `createdAt` of an answer, until an answer brings nothing newer
 * and cannot be a full page either. Right for both readings of `since`, for equal timestamps, and for any page length of
 * 1 or more, as long as pages come oldest first. What it cannot do is to read past a millisecond that holds more than a
 * page; it then steps over that millisecond and says so.
 *
 * A platform that lists the newest page instead gives itself away by a last answer that looks like a full page. Then the
 * listing pages backwards with `before`, which is not published either. If that does not work, it says that it is cut.
 *
 * `Listing` is the pure half: the next question, and what is known so far. It never sees a message, only its answers'
 * outlines.
 */
export interface Listing {
  /** The next question. Null asks from the beginning. */
  readonly sinceMs: number | null;
  /** Set while the listing pages backwards: only what is older is asked for. */
  readonly beforeMs: number | null;
  /** Newest `createdAt` of any answer, and of the first one. */
  readonly reachedMs: number | null;
  readonly firstReachedMs: number | null;
  /** A page holds at least as many. */
  readonly pageAtLeast: number;
  /** False: content with the first answer that brings nothing newer, full or not. */
  readonly thorough: boolean;
  /** Up to here everything is known already. */
  readonly knownMs: number | null;
  /** An answer that may have been cut at its older end. */
  readonly suspect: SuspectPage | null;
  /** Whether the platform pages backwards; null: not known. */
  readonly pagesBack: boolean | null;
  /** The oldest message of an answer before which others may exist that cannot be asked for. Null: there is none. */
  readonly cutMs: number | null;
}

export interface SuspectPage {
  /** Its question. */
  readonly sinceMs: number | null;
  readonly oldestMs: number;
  /** It has a length that pages usually have: the suspicion stands even if it cannot be verified. */
  readonly looksFull: boolean;
}

/** What the rule needs to know of one answer. */
export interface AnswerOutline {
  readonly count: number;
  /** Of `createdAt`; null for an empty answer. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  /** Null where all its times are equal. */
  readonly newestFirst: boolean | null;
}

export interface ListingStep {
  readonly listing: Listing;
  readonly done: boolean;
  /** An answer was cut inside one millisecond: what else that millisecond holds cannot be asked for. */
  readonly possibleGap: boolean;
}

export interface ListingStart {
  readonly fromMs: number | null;
  /** For a quick look: what is known to exist, so that an answer that brings just that ends it. @default null */
  readonly reachedMs?: number | null;
  /** Evidence from other listings. @default 1 */
  readonly pageAtLeast?: number;
  /** @default true */
  readonly thorough?: boolean;
  /** @default null */
  readonly knownMs?: number | null;
  /** Evidence from other listings. @default null */
  readonly pagesBack?: boolean | null;
}

export function beginListing(start: ListingStart): Listing {
  return {
    sinceMs: start.fromMs,
    beforeMs: null,
    reachedMs: start.reachedMs ?? null,
    firstReachedMs: null,
    pageAtLeast: start.pageAtLeast ?? 1,
    thorough: start.thorough ?? true,
    knownMs: start.knownMs ?? null,
    suspect: null,
    pagesBack: start.pagesBack ?? null,
    cutMs: null,
  };
}

/** @param answer null: the platform refuses to page backwards. */
export function stepListing(listing: Listing, answer: AnswerOutline | null): ListingStep {
  const { suspect, beforeMs } = listing;
  if (suspect !== null && beforeMs !== null) return stepBack(listing, suspect, beforeMs, answer);
  const step = stepForward(listing, answer ?? NO_MESSAGES);
  return step.done && step.listing.suspect !== null ? turnBack(step, step.listing.suspect) : step;
}

const NO_MESSAGES: AnswerOutline = { count: 0, oldestMs: null, newestMs: null, newestFirst: null };

function stepForward(listing: Listing, answer: AnswerOutline): ListingStep {
  if (answer.newestMs === null || answer.oldestMs === null)
    return { listing, done: true, possibleGap: false };
  const sinceMs = listing.sinceMs ?? Number.NEGATIVE_INFINITY;
  const reachedBefore = listing.reachedMs ?? Number.NEGATIVE_INFINITY;
  const reachedMs = Math.max(reachedBefore, answer.newestMs);
  const newer = reachedMs > reachedBefore;
  // A page that a newer one follows was cut at its newer end, unless it came newest first.
  const isSuspectStill = listing.suspect !== null && (!newer || answer.newestFirst === true);
  const told: Listing = {
    ...listing,
    reachedMs,
    firstReachedMs: listing.firstReachedMs ?? answer.newestMs,
    pageAtLeast: Math.max(listing.pageAtLeast, answer.count),
    suspect: isSuspectStill ? listing.suspect : suspectPage(listing, answer, answer.oldestMs),
  };

  // Newer, although it was asked after the newest known: the answer before, which had nothing newer, was a full page.
  const possibleGap =
    newer && listing.firstReachedMs !== null && sinceMs >= reachedBefore && answer.oldestMs > sinceMs;

  if (newer && reachedMs - 1 > sinceMs) {
    return { listing: { ...told, sinceMs: reachedMs - 1 }, done: false, possibleGap };
  }
  const maybeFull = answer.count >= told.pageAtLeast;
  if (!listing.thorough || !maybeFull || sinceMs > reachedMs)
    return { listing: told, done: true, possibleGap };
  return { listing: { ...told, sinceMs: sinceMs + 1 }, done: false, possibleGap };
}

function suspectPage(listing: Listing, answer: AnswerOutline, oldestMs: number): SuspectPage | null {
  const { sinceMs, knownMs, pageAtLeast, pagesBack } = listing;
  const { count, newestFirst } = answer;
  // What is known already needs no look back, unless that is to be had: a message may have come late there.
  const fromMs = pagesBack === true ? sinceMs : Math.max(sinceMs ?? 0, knownMs ?? 0);
  const reachesBack = oldestMs <= (fromMs ?? 0) + 1;
  if (reachesBack || count < pageAtLeast) return null;
  const isUsual = USUAL_PAGE_LENGTHS.has(count);
  // Conversations of 10 or 20 messages are too common to call each one cut.
  const looksFull = isUsual && (newestFirst === true || count >= 50);
  const canBeVerified = pagesBack !== false && (isUsual || (newestFirst === true && count > 1));
  return looksFull || canBeVerified ? { sinceMs, oldestMs, looksFull } : null;
}

const USUAL_PAGE_LENGTHS: ReadonlySet<number> = new Set([
  10, 15, 20, 25, 30, 40, 50, 60, 100, 200, 250, 500, 1000,
]);

function turnBack({ listing, possibleGap }: ListingStep, suspect: SuspectPage): ListingStep {
  if (listing.pagesBack === false) return giveUpOn(suspect, listing);
  // One millisecond later, so that a bound that is excluded costs none of the oldest one's ties.
  const question = { sinceMs: suspect.sinceMs, beforeMs: suspect.oldestMs + 1 };
  return { listing: { ...listing, ...question }, done: false, possibleGap };
}

function stepBack(
  listing: Listing,
  suspect: SuspectPage,
  beforeMs: number,
  answer: AnswerOutline | null,
): ListingStep {
  // The oldest message known lies before `before`: an answer without it, or with a newer one, did not heed the parameter.
  if (answer === null || answer.oldestMs === null || answer.newestMs === null || answer.newestMs > beforeMs) {
    return giveUpOn(suspect, { ...listing, pagesBack: false });
  }
  const { oldestMs } = answer;
  const told: Listing = { ...listing, pagesBack: true };
  if (oldestMs < suspect.oldestMs) {
    const next = { suspect: { ...suspect, oldestMs }, beforeMs: oldestMs + 1 };
    return { listing: { ...told, ...next }, done: false, possibleGap: false };
  }
  // Nothing older, unless the messages of that very millisecond fill a page.
  const isCrowded = answer.count > 1 && answer.count >= listing.pageAtLeast && beforeMs > suspect.oldestMs;
  if (isCrowded) return { listing: { ...told, beforeMs: suspect.oldestMs }, done: false, possibleGap: true };
  return { listing: { ...told, suspect: null, beforeMs: null }, done: true, possibleGap: false };
}

function giveUpOn({ looksFull, oldestMs }: SuspectPage, listing: Listing): ListingStep {
  return {
    listing: { ...listing, suspect: null, beforeMs: null, cutMs: looksFull ? oldestMs : null },
    done: true,
    possibleGap: looksFull,
  };
}

/**
 * What a complete listing vouches for: up to which `createdAt` everything is known that existed, and everything that
 * will come from now on is at most the overlap older.
 *
 * A message may have slipped in behind the listing while it ran. It was at most the overlap old *then*, so what the last
 * answers reached counts less the time that has passed since the first.
 */
export function toConfirmedMs(listing: Listing, tookMs: number): number | null {
  if (listing.reachedMs === null) return null;
  return Math.max(listing.firstReachedMs ?? 0, listing.reachedMs - Math.ceil(tookMs));
}

export function outlineOf(answer: readonly ChatMessage[]): AnswerOutline {
  let oldestMs: number | null = null;
  let newestMs: number | null = null;
  for (const message of answer) {
    const createdMs = createdMsOf(message);
    if (oldestMs === null || createdMs < oldestMs) oldestMs = createdMs;
    if (newestMs === null || createdMs > newestMs) newestMs = createdMs;
  }
  const firstMs = createdMsOrNull(answer[0]);
  const lastMs = createdMsOrNull(answer.at(-1));
  const newestFirst = firstMs === null || lastMs === null || firstMs === lastMs ? null : firstMs > lastMs;
  return { count: answer.length, oldestMs, newestMs, newestFirst };
}

function createdMsOrNull(message: ChatMessage | undefined): number | null {
  return message === undefined ? null : createdMsOf(message);
}

/** `createdAt` in epoch milliseconds. */
export function createdMsOf(message: ChatMessage): number {
  return Date.parse(message.createdAt);
}

/**
 * An answer oldest first. Of a platform that lists newest first, equal timestamps are turned around as well.
 *
 * @param newestFirst how the platform lists, where the answer itself does not show it.
 */
export function oldestFirst(answer: readonly ChatMessage[], newestFirst: boolean): readonly ChatMessage[] {
  const turned = (outlineOf(answer).newestFirst ?? newestFirst) ? answer.toReversed() : answer;
  const times = turned.map(createdMsOf);
  if (times.every((ms, index) => index === 0 || ms >= (times[index - 1] ?? ms))) return turned;
  return turned.toSorted((a, b) => createdMsOf(a) - createdMsOf(b));
}

/**
 * The answer to a listing's next question; null if the platform refuses to page backwards.
 *
 * @throws MailooError as `MailooClient.list` does
 */
export async function askListing(
  client: MailooClient,
  { sinceMs, beforeMs }: Listing,
  query: Omit<ListQuery, "sinceMs" | "beforeMs">,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[] | null> {
  if (beforeMs === null) return client.list({ ...query, sinceMs }, signal);
  try {
    return await client.list({ ...query, sinceMs, beforeMs }, signal);
  } catch (error) {
    const kind = error instanceof MailooError ? error.failure.kind : null;
    if (kind === "refused" || kind === "malformed") return null;
    throw error;
  }
}

/** An answer of several messages that are all of one time: in which direction it lists them can only be told from others. */
export function hidesDirection({ count, newestFirst }: AnswerOutline): boolean {
  return count > 1 && newestFirst === null;
}

export interface CollectQuery {
  readonly session: SessionRef;
  /** Epoch milliseconds; messages of that very millisecond may or may not be among them. Null: from the beginning. */
  readonly fromMs: number | null;
  readonly priority: ListQuery["priority"];
  /** See `ListQuery`. */
  readonly once?: boolean;
}

/** Most questions that one {@link collectMessages} asks. */
const COLLECT_MAX_QUESTIONS = 500;

/**
 * All of a session's messages from a time on, once each, in order: `createdAt`, then as the platform lists them.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` where the history is too long to be read in
 *   {@link COLLECT_MAX_QUESTIONS} questions.
 */
export async function collectMessages(
  client: MailooClient,
  query: CollectQuery,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[]> {
  const byId = new Map<string, ChatMessage>();
  const { session, fromMs, priority, once = false } = query;
  let listing = beginListing({ fromMs });
  let newestFirst = false;
  for (let questions = 0; questions < COLLECT_MAX_QUESTIONS; questions += 1) {
    const answer = await askListing(client, listing, { ...session, priority, once }, signal);
    const outline = answer && outlineOf(answer);
    newestFirst = outline?.newestFirst ?? newestFirst;
    for (const message of oldestFirst(answer ?? [], newestFirst)) {
      // A later answer knows the order of equal times better: the one before may have been cut among them.
      byId.delete(message.id);
      byId.set(message.id, message);
    }
    const step = stepListing(listing, outline);
    if (step.done) return [...byId.values()].toSorted((a, b) => createdMsOf(a) - createdMsOf(b));
    listing = step.listing;
  }
  throw new MailooError({ kind: "no-answer", timedOut: false });
}
