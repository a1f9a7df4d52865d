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
  const candidates = listAfter(listed, sought).filter((message) => {
    const claim = sought.claims.get(message.id);
    return message.author === "visitor" && (!claim || claim.clientMessageId === sought.clientMessageId);
  });
  return (
    candidates.find((message) => sought.claims.has(message.id)) ??
    candidates.find((message) => isSameContent(message.content, sought.content)) ??
    (sought.match === "any" ? candidates.at(-1) : undefined) ??
    null
  );
}

function listAfter(listed: readonly ChatMessage[], { after, notBeforeMs }: Sought): readonly ChatMessage[] {
  const position = after === null ? -1 : listed.findIndex((message) => message.id === after);
  if (position >= 0) return listed.slice(position + 1);
  if (notBeforeMs === null) return listed;
  return listed.filter((message) => Date.parse(message.createdAt) >= notBeforeMs);
}
