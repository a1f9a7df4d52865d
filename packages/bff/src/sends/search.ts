import { type ChatMessage, OVERLAP_MS } from "@mailoo-chat/protocol";
import { collectMessages, createdMsOf, oldestFirst } from "../feed/listing.ts";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import { rankCandidates } from "./rank-candidates.ts";
import type { ScopeRef } from "./scope.ts";
import type { MessageClaim, SendStore } from "./store.ts";

export interface HistorySearchDeps {
  readonly client: MailooClient;
  readonly store: SendStore;
}

export interface Searched {
  readonly session: SessionRef;
  /** Where the session's sends are on record. */
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly content: string;
  readonly after: string | null;
}

export interface SearchQuery {
  readonly match: "same-content" | "any";
  /** False: one page will do, as the caller comes back. */
  readonly allPages: boolean;
}

/** Looks for one send's message in the history, as often as it is asked to. */
export interface HistorySearch {
  /** @throws MailooError as `collectMessages` does. */
  find(query: SearchQuery, signal: AbortSignal): Promise<ChatMessage | null>;
}

/**
 * A search begins at the message that the send came after, by the platform's own time of it: never by a time of ours, as the
 * clocks may differ by any amount.
 */
export function createHistorySearch(deps: HistorySearchDeps, searched: Searched): HistorySearch {
  const { client, store } = deps;
  const { session, scope, clientMessageId, content, after } = searched;
  /** `createdAt` of `after`, once the history has told it. */
  let listedAfterMs: number | null = null;
  /** `after` is not in the history: perhaps the owner has deleted it. */
  let isAfterGone = false;

  async function listFrom(fromMs: number | null, allPages: boolean, signal: AbortSignal) {
    const how = { priority: "interactive", once: true } as const;
    if (fromMs === null || allPages) return collectMessages(client, { session, fromMs, ...how }, signal);
    return oldestFirst(await client.list({ ...session, sinceMs: fromMs, ...how }, signal), false);
  }

  async function findFree(candidates: readonly ChatMessage[]): Promise<ChatMessage | null> {
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

  return {
    async find({ match, allPages }, signal) {
      const claim = after === null ? undefined : (await store.claims(scope, [after])).get(after);
      const afterMs = listedAfterMs ?? (claim ? Date.parse(claim.createdAt) : null);
      let listed = await listFrom(afterMs === null ? null : afterMs - OVERLAP_MS, allPages, signal);
      let anchor = listed.find(({ id }) => id === after);
      if (afterMs !== null && !anchor && !isAfterGone) {
        // The time on record is ours if the platform did not tell its own.
        listed = await listFrom(null, true, signal);
        anchor = listed.find(({ id }) => id === after);
        isAfterGone = !anchor;
      }
      if (anchor) listedAfterMs = createdMsOf(anchor);
      const notBeforeMs = afterMs === null ? null : afterMs - OVERLAP_MS;
      const lateFromMs =
        listedAfterMs !== null && (await reachesBack(store, claim)) ? listedAfterMs - OVERLAP_MS : null;
      return findFree(rankCandidates(listed, { content, after, notBeforeMs, lateFromMs, match }));
    },
  };
}

/**
 * The newest message of the visitor's own, for a send that does not say what it comes after.
 *
 * @throws MailooError as `collectMessages` does.
 */
export async function findNewestOwn(
  client: MailooClient,
  session: SessionRef,
  signal: AbortSignal,
): Promise<string | null> {
  const listed = await collectMessages(client, { session, fromMs: null, priority: "interactive" }, signal);
  return listed.findLast(({ author }) => author === "visitor")?.id ?? null;
}

const CLAIMS_AT_ONCE = 100;

/** Whether every send from the overlap before a recorded message on is on record, too. */
async function reachesBack(store: SendStore, claim: MessageClaim | undefined): Promise<boolean> {
  const begunForMs = claim?.begunForMs ?? null;
  const coveredForMs = begunForMs === null ? null : await store.coveredForMs();
  return begunForMs !== null && coveredForMs !== null && coveredForMs >= begunForMs + OVERLAP_MS;
}
