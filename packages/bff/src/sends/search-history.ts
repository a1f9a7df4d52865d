import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import type { MailooClient, SessionRef } from "../mailoo/mailoo-client.ts";
import { collectMessages } from "../session/listing.ts";
import { rankCandidates } from "./rank-candidates.ts";
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
  /** Epoch milliseconds: since then every send of the session is on record. Null: not known. */
  readonly coveredSinceMs: number | null;
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
  const { session, scope, clientMessageId, content, after, firstAttemptAtMs, coveredSinceMs, match } = search;
  const listFrom = (fromMs: number | null) =>
    collectMessages(client, { session, fromMs, priority: "interactive" }, signal);

  const notBeforeMs = firstAttemptAtMs === null ? null : firstAttemptAtMs - OVERLAP_MS;
  const afterMs = after === null ? null : await createdAtOf(store, scope, after);
  const fromMs = afterMs === null ? notBeforeMs : afterMs - OVERLAP_MS;
  let listed = await listFrom(fromMs);
  if (after !== null && !listed.some((message) => message.id === after)) listed = await listFrom(null);

  const isCovered =
    afterMs !== null && fromMs !== null && coveredSinceMs !== null && coveredSinceMs <= fromMs;
  const lateFromMs = isCovered ? fromMs : null;
  const candidates = rankCandidates(listed, { content, after, notBeforeMs, lateFromMs, match });
  for (let start = 0; start < candidates.length; start += CLAIMS_AT_ONCE) {
    const some = candidates.slice(start, start + CLAIMS_AT_ONCE);
    const claims = await store.claims(
      scope,
      some.map(({ id }) => id),
    );
    const free = some.find(
      ({ id }) => (claims.get(id)?.clientMessageId ?? clientMessageId) === clientMessageId,
    );
    if (free) return free;
  }
  return null;
}

const CLAIMS_AT_ONCE = 100;

/** Null where the message is not on record. */
async function createdAtOf(store: SendStore, scope: ScopeRef, messageId: string): Promise<number | null> {
  const claim = (await store.claims(scope, [messageId])).get(messageId);
  return claim ? Date.parse(claim.createdAt) : null;
}
