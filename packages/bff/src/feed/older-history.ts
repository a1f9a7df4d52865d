import { PAGE_MAX_MESSAGES } from "@mailoo-chat/protocol";
import { askNextPage, type HistorySource, MAX_PAGES, tooManyPages } from "./history-pages.ts";
import { beginListing, oldestFirst, toSinceMs } from "./listing.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import { neededFromMs, type ResumePoint, toCursor } from "./resume-point.ts";
import { seenBy } from "./unread-page.ts";

/** A part of the history from before a feed's buffer, read for subscribers that are that far behind. */
export interface OlderHistory {
  readonly buffer: ReplayBuffer;
  /** It is complete from this `createdAt` on. */
  readonly fromMs: number;
  /** See `Listing`. */
  readonly cutMs: number | null;
  /** False: it ends before the history does, and before the feed's buffer begins. */
  readonly reachesBuffer: boolean;
  /** On the clock of `performance.now()`. */
  readonly begunAtMs: number;
}

/**
 * Reads from where a subscriber needs it: for the newest page on to the feed's buffer, keeping the last page; otherwise
 * until there is enough for one page.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` if the history has too many pages
 */
export async function readOlderHistory(
  source: HistorySource,
  since: ResumePoint,
  bufferFromMs: () => number,
  signal: AbortSignal,
): Promise<OlderHistory> {
  const isNewest = since.kind === "newest";
  const fromMs = neededFromMs(since);
  const buffer = new ReplayBuffer({
    maxMessages: isNewest ? PAGE_MAX_MESSAGES + 1 : Number.POSITIVE_INFINITY,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const begunAtMs = performance.now();
  let listing = beginListing({ fromMs: toSinceMs(fromMs), pagesBack: source.paging.pagesBack(begunAtMs) });
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await askNextPage(source, listing, { priority: "interactive" }, signal);
    listing = page.listing;
    const { newestFirst } = source.paging;
    buffer.addListed(oldestFirst(page.messages, newestFirst), newestFirst);
    for (const entry of buffer.entries) entry.delivered = true;
    buffer.trim();
    // What may be only the newest page lacks what is older: that comes first.
    if (!page.done && listing.suspect !== null) continue;
    const reachesBuffer = page.done || (listing.reachedMs ?? 0) >= bufferFromMs();
    const isEnough = !isNewest && unreadCount(buffer, since) > PAGE_MAX_MESSAGES;
    if (reachesBuffer || isEnough) {
      return { buffer, fromMs, cutMs: listing.cutMs, reachesBuffer, begunAtMs };
    }
  }
  throw tooManyPages();
}

function unreadCount(buffer: ReplayBuffer, since: ResumePoint): number {
  const hasSeen = seenBy(buffer.entries, toCursor(since));
  return buffer.entries.filter((entry) => !hasSeen(entry)).length;
}
