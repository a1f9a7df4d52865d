import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import type { MailooClient, SessionRef } from "../mailoo/mailoo-client.ts";
import { collectMessages } from "../session/listing.ts";
import { findOwnMessage } from "./find-own-message.ts";
import type { ScopeRef, SendStore } from "./send-store.ts";

export interface HistorySearch {
  readonly session: SessionRef;
  /** Where the session's sends are on record. */
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly content: string;
  readonly after: string | null;
  /** Epoch milliseconds; null where the first attempt is not on record. */
  readonly firstAttemptAtMs: number | null;
  readonly match: "same-content" | "any";
}

/**
 * Looks for a send's message in the history, from the message that it came after.
 *
 * @throws MailooError as `collectMessages` does.
 */
export async function searchHistory(
  { client, store }: { readonly client: MailooClient; readonly store: SendStore },
  search: HistorySearch,
  signal: AbortSignal,
): Promise<ChatMessage | null> {
  const { session, scope, clientMessageId, content, after, firstAttemptAtMs, match } = search;
  const listFrom = (fromMs: number | null) =>
    collectMessages(client, { session, fromMs, priority: "interactive" }, signal);

  const notBeforeMs = firstAttemptAtMs === null ? null : firstAttemptAtMs - OVERLAP_MS;
  let listed = await listFrom(await startOf(store, scope, after, notBeforeMs));
  if (after !== null && !listed.some((message) => message.id === after)) listed = await listFrom(null);

  const ids = listed.filter((message) => message.author === "visitor").map((message) => message.id);
  const claims = await store.claims(scope, ids);
  return findOwnMessage(listed, { clientMessageId, content, after, notBeforeMs, claims, match });
}

/** Where a listing must begin to hold `after`, or to hold the message itself. Null: at the beginning. */
async function startOf(
  store: SendStore,
  scope: ScopeRef,
  after: string | null,
  notBeforeMs: number | null,
): Promise<number | null> {
  if (after === null) return notBeforeMs;
  const known = (await store.claims(scope, [after])).get(after);
  return known ? Date.parse(known.createdAt) - OVERLAP_MS : notBeforeMs;
}
