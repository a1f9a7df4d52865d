import type { ChatMessage } from "@mailoo-chat/protocol";
import { isSameContent } from "./same-content.ts";
import type { MessageClaim } from "./send-store.ts";

export interface Sought {
  readonly clientMessageId: string;
  readonly content: string;
  /** Only what stands after this message can be ours. Null, or not in the list: `notBeforeMs` decides. */
  readonly after: string | null;
  /** Epoch milliseconds. Null: anything in the list can be ours. */
  readonly notBeforeMs: number | null;
  /**
   * Epoch milliseconds. A platform may list a message as older than `after` that it took later: with everything since
   * this time on record, one that is not on record can be ours there too. Null: the records do not reach back so far.
   */
  readonly lateFromMs: number | null;
  /** Messages of the list that are on record, and for which send. */
  readonly claims: ReadonlyMap<string, MessageClaim>;
  /**
   * - `same-content`: it is not known whether the message is there at all.
   * - `any`: it is there, and the platform may have changed its text beyond recognition.
   */
  readonly match: "same-content" | "any";
}

/**
 * Finds a message whose send was never answered: the visitor's first one after `after` that says the same and is
 * not on record for another send. Sends of a session go one after the other, so of several equal texts each send
 * finds its own, and it does not matter which takes which.
 */
export function findOwnMessage(listed: readonly ChatMessage[], sought: Sought): ChatMessage | null {
  const position = listed.findIndex((message) => message.id === sought.after);
  const isFree = (message: ChatMessage) => {
    const claim = sought.claims.get(message.id);
    return message.author === "visitor" && (!claim || claim.clientMessageId === sought.clientMessageId);
  };
  const after = (position < 0 ? since(listed, sought.notBeforeMs) : listed.slice(position + 1)).filter(
    isFree,
  );
  const late =
    sought.lateFromMs === null ? [] : since(listed.slice(0, Math.max(0, position)), sought.lateFromMs);
  const saysTheSame = (message: ChatMessage) => isSameContent(message.content, sought.content);
  return (
    after.find((message) => sought.claims.has(message.id)) ??
    after.find(saysTheSame) ??
    late.filter(isFree).find(saysTheSame) ??
    (sought.match === "any" ? after.at(-1) : undefined) ??
    null
  );
}

function since(listed: readonly ChatMessage[], fromMs: number | null): readonly ChatMessage[] {
  return fromMs === null ? listed : listed.filter(({ createdAt }) => Date.parse(createdAt) >= fromMs);
}
