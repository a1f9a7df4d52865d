import { PAGE_MAX_MESSAGES } from "@mailoo-chat/protocol";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import { MailooError } from "../platform/errors.ts";
import { ReplayBuffer } from "./buffer.ts";
import { seenBelowMs } from "./cursor.ts";
import type { ListingHabits } from "./habits.ts";
import { seenBy, toCursor } from "./history-view.ts";
import { askListing, beginListing, oldestFirst, outlineOf, stepListing } from "./listing.ts";
import type { ResumePoint } from "./resume-point.ts";

/** A piece of the history from before a feed's buffer, read for readers who are that far behind. */
export interface HistoryRead {
  readonly log: ReplayBuffer;
  /** The first `createdAt` that it vouches for. */
  readonly fromMs: number;
  /** See `Listing`. */
  readonly cutMs: number | null;
  /** False: it ends before the history does, and before the buffer begins. */
  readonly reachesBuffer: boolean;
  /** On the clock of `performance.now()`. */
  readonly begunAtMs: number;
}

export interface HistorySource {
  readonly client: MailooClient;
  readonly habits: ListingHabits;
  readonly session: SessionRef;
}

const MAX_QUESTIONS = 500;

/**
 * Reads from where a reader needs it: for the newest page on to the buffer, keeping the last page; otherwise until there
 * is enough for one page.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` where the history is too long to be walked through.
 */
export async function readHistory(
  { client, habits, session }: HistorySource,
  since: ResumePoint,
  bufferFromMs: () => number,
  signal: AbortSignal,
): Promise<HistoryRead> {
  const newest = since.kind === "newest";
  const fromMs = neededFromMs(since);
  const log = new ReplayBuffer({
    maxMessages: newest ? PAGE_MAX_MESSAGES + 1 : Number.POSITIVE_INFINITY,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const begunAtMs = performance.now();
  let listing = beginListing({ fromMs: toSinceMs(fromMs), pagesBack: habits.pagesBack(begunAtMs) });
  for (let questions = 0; questions < MAX_QUESTIONS; questions += 1) {
    const answer = await askListing(client, listing, { ...session, priority: "interactive" }, signal);
    const outline = answer && outlineOf(answer);
    if (outline) habits.note(outline, performance.now());
    const newestFirst = habits.newestFirst ?? false;
    log.addListed(oldestFirst(answer ?? [], newestFirst), newestFirst);
    for (const entry of log.entries) log.markDelivered(entry);
    log.trim();
    const step = stepListing(listing, outline);
    listing = step.listing;
    habits.notePagesBack(listing.pagesBack, performance.now());
    // What may be the newest page lacks what is older, and that is read first.
    if (!step.done && listing.suspect !== null) continue;
    const reachesBuffer = step.done || (listing.reachedMs ?? 0) >= bufferFromMs();
    const enough = !newest && unreadCount(log, since) > PAGE_MAX_MESSAGES;
    if (reachesBuffer || enough) return { log, fromMs, cutMs: listing.cutMs, reachesBuffer, begunAtMs };
  }
  throw new MailooError({ kind: "no-answer", timedOut: false });
}

function unreadCount(log: ReplayBuffer, since: ResumePoint): number {
  const hasSeen = seenBy(log.entries, toCursor(since));
  return log.entries.filter((entry) => !hasSeen(entry)).length;
}

/** The first `createdAt` that a reader may not have seen. `-Infinity`: the history from its beginning. */
export function neededFromMs(since: ResumePoint): number {
  switch (since.kind) {
    case "cursor": {
      const { cursor } = since;
      return cursor.confirmedMs === 0 && !cursor.floor ? Number.NEGATIVE_INFINITY : seenBelowMs(cursor);
    }
    case "time":
      return since.timeMs + 1;
    case "newest":
      return Number.NEGATIVE_INFINITY;
  }
}

/** The question that brings what is at `fromMs` or later, even where `since` excludes its bound. */
export function toSinceMs(fromMs: number): number | null {
  return fromMs > 0 ? fromMs - 1 : null;
}
