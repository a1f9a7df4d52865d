import { type ChatMessage, PAGE_MAX_MESSAGES } from "@mailoo-chat/protocol";
import type { ListQuery, MailooClient, SessionRef } from "../platform/client.ts";
import { MailooError } from "../platform/errors.ts";
import { type ResumePoint, seenBelowMs, toCursor } from "./cursor.ts";
import {
  type AnswerOutline,
  beginListing,
  createdMsOf,
  type Listing,
  type ListingStep,
  oldestFirst,
  outlineOf,
  stepListing,
  toSinceMs,
} from "./listing.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import { seenBy } from "./unread-page.ts";

/** The source of a session's history, and how it is paged. */
export interface HistorySource {
  readonly client: MailooClient;
  readonly session: SessionRef;
  readonly paging: PagingProfile;
}

/** `once`: see `ListQuery`. */
export type AskOptions = Pick<ListQuery, "priority" | "once">;

/** One answer of the platform, and the listing after it. */
export interface HistoryPage extends ListingStep {
  /** In the platform's order. */
  readonly messages: readonly ChatMessage[];
}

/**
 * Sends a listing's next query.
 *
 * @throws MailooError as `MailooClient.list` does
 */
export async function askNextPage(
  { client, session, paging }: HistorySource,
  listing: Listing,
  options: AskOptions,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  const messages = await ask(client, listing, { ...session, ...options }, signal);
  const outline = outlineOf(messages);
  const step = stepListing(listing, outline);
  paging.observe(outline, step.listing.pagesBack, performance.now());
  return { ...step, messages };
}

/** Returns an empty list if the platform refuses to page backwards. */
async function ask(
  client: MailooClient,
  { sinceMs, beforeMs }: Listing,
  query: SessionRef & AskOptions,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[]> {
  if (beforeMs === null) return client.list({ ...query, sinceMs }, signal);
  try {
    return await client.list({ ...query, sinceMs, beforeMs }, signal);
  } catch (error) {
    const kind = error instanceof MailooError ? error.failure.kind : null;
    if (kind === "refused" || kind === "malformed") return [];
    throw error;
  }
}

/** Maximum number of pages in one read. */
const MAX_PAGES = 500;

/** Reads pages until the listing is complete. Throws `no-answer` if that takes more than {@link MAX_PAGES} pages. */
async function* askAllPages(
  source: HistorySource,
  first: Listing,
  options: AskOptions,
  signal?: AbortSignal,
): AsyncGenerator<HistoryPage, void> {
  let listing = first;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await askNextPage(source, listing, options, signal);
    yield page;
    if (page.done) return;
    listing = page.listing;
  }
  throw new MailooError({ kind: "no-answer", timedOut: false });
}

export interface CollectQuery extends AskOptions {
  readonly session: SessionRef;
  /** Epoch milliseconds; messages of exactly that millisecond may or may not be included. Null: from the beginning. */
  readonly fromMs: number | null;
}

/**
 * All of a session's messages from a time on, once each, in order: `createdAt`, then as the platform lists them.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` if the history has too many pages
 */
export async function collectMessages(
  client: MailooClient,
  { session, fromMs, ...options }: CollectQuery,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[]> {
  const byId = new Map<string, ChatMessage>();
  const source: HistorySource = { client, session, paging: new PagingProfile() };
  for await (const page of askAllPages(source, beginListing({ sinceMs: fromMs }), options, signal)) {
    for (const message of oldestFirst(page.messages, source.paging.newestFirst)) {
      // For equal times, the order of the later answer is used, because the earlier page may have ended between them.
      byId.delete(message.id);
      byId.set(message.id, message);
    }
  }
  return [...byId.values()].toSorted((a, b) => createdMsOf(a) - createdMsOf(b));
}

/** A part of the history that is older than a feed's buffer, read for subscribers that resume there. */
export interface OlderHistory {
  readonly buffer: ReplayBuffer;
  /** It is complete from this `createdAt` on. */
  readonly fromMs: number;
  /** See `Listing`. */
  readonly cutMs: number | null;
  /** False: it ends before the newest message, and before the feed's buffer begins. */
  readonly reachesBuffer: boolean;
  /** On the clock of `performance.now()`. */
  readonly begunAtMs: number;
}

/**
 * Reads the history from a subscriber's position. For the newest page, reads up to the feed's buffer and keeps the last
 * page; otherwise reads until one page is full.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` if the history has too many pages
 */
export async function readOlderHistory(
  source: HistorySource,
  since: ResumePoint,
  bufferFromMs: () => number,
  signal: AbortSignal,
): Promise<OlderHistory> {
  const { paging } = source;
  const isNewest = since === "newest";
  const fromMs = seenBelowMs(toCursor(since));
  const buffer = new ReplayBuffer({
    maxMessages: isNewest ? PAGE_MAX_MESSAGES + 1 : Number.POSITIVE_INFINITY,
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const begunAtMs = performance.now();
  const first = beginListing({ sinceMs: toSinceMs(fromMs), pagesBack: paging.pagesBack(begunAtMs) });
  let cutMs: number | null = null;
  let reachesBuffer = false;
  for await (const page of askAllPages(source, first, { priority: "interactive" }, signal)) {
    buffer.addListed(oldestFirst(page.messages, paging.newestFirst), paging.newestFirst);
    for (const entry of buffer.entries) entry.delivered = true;
    buffer.trim();
    const { listing, done } = page;
    cutMs = listing.cutMs;
    reachesBuffer = done || (listing.reachedMs ?? 0) >= bufferFromMs();
    const isEnough = reachesBuffer || (!isNewest && unreadCount(buffer, since) > PAGE_MAX_MESSAGES);
    // This may be only the newest page, so the older messages are read first.
    if (isEnough && listing.suspect === null) break;
  }
  return { buffer, fromMs, cutMs, reachesBuffer, begunAtMs };
}

function unreadCount(buffer: ReplayBuffer, since: ResumePoint): number {
  const hasSeen = seenBy(buffer.entries, toCursor(since));
  return buffer.entries.filter((entry) => !hasSeen(entry)).length;
}

/**
 * How the platform pages its history, learnt from recent answers. Shared by all feeds. Page length and backward paging are
 * forgotten after a while, because the platform does not promise them.
 */
export class PagingProfile {
  #longest = 1;
  #longestAtMs = Number.NEGATIVE_INFINITY;
  #newestFirst: boolean | null = null;
  #pagesBack: boolean | null = null;
  #pagesBackAtMs = Number.NEGATIVE_INFINITY;

  /** Either is null if the answer does not show it. */
  observe(answer: AnswerOutline | null, pagesBack: boolean | null, nowMs: number): void {
    this.#newestFirst = answer?.newestFirst ?? this.#newestFirst;
    if (answer && answer.count >= this.pageAtLeast(nowMs)) {
      this.#longest = answer.count;
      this.#longestAtMs = nowMs;
    }
    if (pagesBack !== null && pagesBack !== this.pagesBack(nowMs)) {
      this.#pagesBack = pagesBack;
      this.#pagesBackAtMs = nowMs;
    }
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

  /** The order of the last answer that showed one. False if none has. */
  get newestFirst(): boolean {
    return this.#newestFirst ?? false;
  }
}

const PAGE_LENGTH_TTL_MS = 10_000;
const PAGES_BACK_TTL_MS = 10 * 60_000;
