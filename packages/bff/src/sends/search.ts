import { type ChatMessage, normaliseContent, OVERLAP_MS } from "@mailoo-chat/protocol";
import { decodeHTMLStrict } from "entities";
import { collectMessages } from "../feed/history-pages.ts";
import { createdMsOf, oldestFirst } from "../feed/listing.ts";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import type { ScopeRef } from "./scope.ts";
import type { MessageClaim, SendStore } from "./store.ts";

/** The send whose message is searched for. */
export interface SearchedSend {
  readonly session: SessionRef;
  /** Where the session's sends are recorded. */
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly content: string;
  readonly after: string | null;
}

interface SearchQuery {
  /** `any`: if no message has the same text, any message of the visitor matches. */
  readonly match: "same-content" | "any";
  /** False: one page is enough, because the caller searches again. */
  readonly allPages: boolean;
}

/**
 * Searches the history for one send's message, each time it is called.
 *
 * @throws MailooError as `collectMessages` does
 */
export type HistorySearch = (query: SearchQuery, signal: AbortSignal) => Promise<ChatMessage | null>;

/**
 * A search begins at the message that the send came after, at the platform's time of that message. Our own clock is never
 * used, because the two may differ by any amount.
 */
export function createHistorySearch(
  { client, store }: { readonly client: MailooClient; readonly store: SendStore },
  searched: SearchedSend,
): HistorySearch {
  const { session, scope, clientMessageId, content, after } = searched;
  /** `createdAt` of `after` in the history. */
  let listedAfterMs: number | null = null;
  /** `after` is not in the history: perhaps the owner has deleted it. */
  let isAfterGone = false;

  async function listFrom(fromMs: number | null, allPages: boolean, signal: AbortSignal) {
    const how = { priority: "interactive", once: true } as const;
    if (fromMs === null || allPages) return collectMessages(client, { session, fromMs, ...how }, signal);
    return oldestFirst(await client.list({ ...session, sinceMs: fromMs, ...how }, signal), false);
  }

  /** The first candidate that is not recorded for another send. */
  async function findFree(candidates: readonly ChatMessage[]): Promise<ChatMessage | null> {
    for (let start = 0; start < candidates.length; start += CLAIMS_PER_CALL) {
      const batch = candidates.slice(start, start + CLAIMS_PER_CALL);
      const ids = batch.map(({ id }) => id);
      const claims = await store.claims(scope, ids);
      const isFree = ({ id }: ChatMessage) =>
        (claims.get(id)?.clientMessageId ?? clientMessageId) === clientMessageId;
      const free = batch.find(isFree);
      if (free) return free;
    }
    return null;
  }

  return async ({ match, allPages }, signal) => {
    const claim = after === null ? undefined : (await store.claims(scope, [after])).get(after);
    const afterMs = listedAfterMs ?? (claim ? Date.parse(claim.createdAt) : null);
    let listed = await listFrom(afterMs === null ? null : afterMs - OVERLAP_MS, allPages, signal);
    let anchor = listed.find(({ id }) => id === after);
    if (afterMs !== null && !anchor && !isAfterGone) {
      // If the platform returned no time, the recorded time is ours. So the whole history is searched for the message once.
      listed = await listFrom(null, true, signal);
      anchor = listed.find(({ id }) => id === after);
      isAfterGone = !anchor;
    }
    if (anchor) listedAfterMs = createdMsOf(anchor);
    const notBeforeMs = afterMs === null ? null : afterMs - OVERLAP_MS;
    const lateFromMs =
      listedAfterMs !== null && (await isRecordedBefore(store, claim)) ? listedAfterMs - OVERLAP_MS : null;
    return findFree(rankCandidates(listed, { content, after, notBeforeMs, lateFromMs, match }));
  };
}

/**
 * The visitor's newest message, for a send that does not name its predecessor.
 *
 * @throws MailooError as `collectMessages` does
 */
export async function findNewestOwn(
  client: MailooClient,
  session: SessionRef,
  signal: AbortSignal,
): Promise<string | null> {
  const listed = await collectMessages(client, { session, fromMs: null, priority: "interactive" }, signal);
  return listed.findLast(({ author }) => author === "visitor")?.id ?? null;
}

const CLAIMS_PER_CALL = 100;

/** Whether all sends are recorded that began since the overlap before a recorded message. */
async function isRecordedBefore(store: SendStore, claim: MessageClaim | undefined): Promise<boolean> {
  const begunForMs = claim?.begunForMs ?? null;
  const coveredForMs = begunForMs === null ? null : await store.coveredForMs();
  return begunForMs !== null && coveredForMs !== null && coveredForMs >= begunForMs + OVERLAP_MS;
}

export interface Sought {
  readonly content: string;
  /** Only messages after this one can be ours. Null: the visitor had sent nothing before. */
  readonly after: string | null;
  /** Used if `after` is not in the list. Epoch milliseconds by the platform's clock; null: not known. */
  readonly notBeforeMs: number | null;
  /**
   * Epoch milliseconds. A platform may list our message before `after` although it accepted it later. If all sends since
   * this time are recorded, an unrecorded message before `after` may be ours too. Null: the records do not reach back that
   * far.
   */
  readonly lateFromMs: number | null;
  /**
   * - `same-content`: the message may not be there.
   * - `any`: it is there, and the platform may have changed its text beyond recognition.
   */
  readonly match: "same-content" | "any";
}

/**
 * The messages of a history that may belong to a send with an unknown outcome, the most likely first: the visitor's messages
 * after `after` with the same text. Ours is the first that is not recorded for another send. The sends of a session run
 * sequentially, so each of several equal texts finds a message, and it does not matter which one.
 */
export function rankCandidates(listed: readonly ChatMessage[], sought: Sought): readonly ChatMessage[] {
  const { content, after, lateFromMs, match } = sought;
  const position = after === null ? -1 : listed.findIndex((message) => message.id === after);
  const following = listed.slice(position < 0 ? startWithout(listed, sought) : position + 1);
  const preceding = lateFromMs === null || position < 0 ? [] : since(listed.slice(0, position), lateFromMs);

  const hasSameContent = (message: ChatMessage) => isSameContent(message.content, content);
  const ranked = [...following.filter(hasSameContent), ...preceding.filter(hasSameContent)];
  const others = match === "any" ? following.filter((message) => !hasSameContent(message)).toReversed() : [];
  return [...ranked, ...others].filter((message) => message.author === "visitor");
}

/**
 * Where to begin if `after` is not in the list. If nothing else is known, only the visitor's last message can be ours,
 * because their sends run sequentially.
 */
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
 * Whether a listed text is the one that was sent. The platform may have composed its Unicode, trimmed it, or escaped it for
 * HTML.
 */
export function isSameContent(listed: string, sent: string): boolean {
  const wanted = toComparable(sent);
  return toComparable(listed) === wanted || toComparable(decodeHTMLStrict(listed)) === wanted;
}

function toComparable(text: string): string {
  return normaliseContent(text.normalize("NFC"));
}
