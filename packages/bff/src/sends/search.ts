import { type ChatMessage, normaliseContent, OVERLAP_MS } from "@mailoo-chat/protocol";
import { decodeHTMLStrict } from "entities";
import { collectMessages } from "../feed/history-pages.ts";
import { createdMsOf, oldestFirst } from "../feed/listing.ts";
import type { MailooClient, SessionRef } from "../platform/client.ts";
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

export interface Sought {
  readonly content: string;
  /** Only what stands after this message can be ours. Null: the visitor had said nothing before. */
  readonly after: string | null;
  /** Decides if `after` is not in the list. Epoch milliseconds by the platform's clock; null: not known. */
  readonly notBeforeMs: number | null;
  /**
   * Epoch milliseconds. A platform may list a message as older than `after` that it took later: with everything since
   * this time on record, one that is not on record can be ours there too. Null: the records do not reach back so far.
   */
  readonly lateFromMs: number | null;
  /**
   * - `same-content`: it is not known whether the message is there at all.
   * - `any`: it is there, and the platform may have changed its text beyond recognition.
   */
  readonly match: "same-content" | "any";
}

/**
 * Which messages of a history may be the one whose send was never answered, the likeliest first: what the visitor said
 * after `after` in the same words. Ours is the first that is not on record for another send: as the sends of a
 * session go one after the other, each of several equal texts finds one, and it does not matter which takes which.
 */
export function rankCandidates(listed: readonly ChatMessage[], sought: Sought): readonly ChatMessage[] {
  const { content, after, lateFromMs, match } = sought;
  const position = after === null ? -1 : listed.findIndex((message) => message.id === after);
  const following = listed.slice(position < 0 ? startWithout(listed, sought) : position + 1);
  const preceding = lateFromMs === null || position < 0 ? [] : since(listed.slice(0, position), lateFromMs);

  const saysTheSame = (message: ChatMessage) => isSameContent(message.content, content);
  const ranked = [...following.filter(saysTheSame), ...preceding.filter(saysTheSame)];
  const others = match === "any" ? following.filter((message) => !saysTheSame(message)).toReversed() : [];
  return [...ranked, ...others].filter((message) => message.author === "visitor");
}

/** Where to begin without `after` in the list. As the visitor's sends go one after the other, the last of theirs is left if nothing else is known. */
function startWithout(listed: readonly ChatMessage[], { after, notBeforeMs }: Sought): number {
  if (after === null) return 0;
  const index =
    notBeforeMs === null
      ? listed.findLastIndex(({ author }) => author === "visitor")
      : listed.findIndex(({ createdAt }) => Date.parse(createdAt) >= notBeforeMs);
  return index < 0 ? listed.length : index;
}

function since(listed: readonly ChatMessage[], fromMs: number): readonly ChatMessage[] {
  return listed.filter(({ createdAt }) => Date.parse(createdAt) >= fromMs);
}

/**
 * Whether a text in the platform's history is the one that was sent, although a platform may have composed its
 * Unicode, trimmed it, or escaped it for HTML on the way.
 */
export function isSameContent(listed: string, sent: string): boolean {
  const wanted = toComparable(sent);
  return toComparable(listed) === wanted || toComparable(decodeHTMLStrict(listed)) === wanted;
}

function toComparable(text: string): string {
  return normaliseContent(text.normalize("NFC"));
}
