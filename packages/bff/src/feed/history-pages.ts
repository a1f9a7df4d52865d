import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ListQuery, MailooClient, SessionRef } from "../platform/client.ts";
import { MailooError } from "../platform/errors.ts";
import {
  type AnswerOutline,
  beginListing,
  createdMsOf,
  type Listing,
  type ListingStep,
  oldestFirst,
  outlineOf,
  stepListing,
} from "./listing.ts";
import { PagingProfile } from "./paging-profile.ts";

/** Where a session's history is read from, and how it is paged there. */
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
  /** Null: the platform refuses to page backwards. */
  readonly outline: AnswerOutline | null;
}

/**
 * Asks a listing's next question.
 *
 * @throws MailooError as `MailooClient.list` does
 */
export async function askNextPage(
  { client, session, paging }: HistorySource,
  listing: Listing,
  options: AskOptions,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  const answer = await ask(client, listing, { ...session, ...options }, signal);
  const outline = answer && outlineOf(answer);
  const step = stepListing(listing, outline);
  if (outline) paging.observe(outline, performance.now());
  paging.observePagesBack(step.listing.pagesBack, performance.now());
  return { ...step, messages: answer ?? [], outline };
}

/** Null if the platform refuses to page backwards. */
async function ask(
  client: MailooClient,
  { sinceMs, beforeMs }: Listing,
  query: SessionRef & AskOptions,
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

/** More pages than this are not read in one go. */
export const MAX_PAGES = 500;

/** The history is longer than {@link MAX_PAGES} pages. */
export function tooManyPages(): MailooError {
  return new MailooError({ kind: "no-answer", timedOut: false });
}

export interface CollectQuery extends AskOptions {
  readonly session: SessionRef;
  /** Epoch milliseconds; messages of that very millisecond may or may not be included. Null: from the beginning. */
  readonly fromMs: number | null;
}

/**
 * All of a session's messages from a time on, once each, in order: `createdAt`, then as the platform lists them.
 *
 * @throws MailooError as `MailooClient.list` does; `no-answer` if the history has more than {@link MAX_PAGES} pages
 */
export async function collectMessages(
  client: MailooClient,
  { session, fromMs, ...options }: CollectQuery,
  signal?: AbortSignal,
): Promise<readonly ChatMessage[]> {
  const byId = new Map<string, ChatMessage>();
  const source: HistorySource = { client, session, paging: new PagingProfile() };
  let listing = beginListing({ fromMs });
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await askNextPage(source, listing, options, signal);
    for (const message of oldestFirst(page.messages, source.paging.newestFirst)) {
      // A later answer knows the order of equal times better: the earlier one may have been cut among them.
      byId.delete(message.id);
      byId.set(message.id, message);
    }
    if (page.done) return [...byId.values()].toSorted((a, b) => createdMsOf(a) - createdMsOf(b));
    listing = page.listing;
  }
  throw tooManyPages();
}
