import type { ChatMessage } from "@mailoo-chat/protocol";
import { isSameContent } from "./same-content.ts";

export interface Sought {
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
  const { content, after, notBeforeMs, lateFromMs, match } = sought;
  const position = after === null ? -1 : listed.findIndex((message) => message.id === after);
  const following = position < 0 ? since(listed, notBeforeMs) : listed.slice(position + 1);
  const preceding = lateFromMs === null || position < 0 ? [] : since(listed.slice(0, position), lateFromMs);

  const saysTheSame = (message: ChatMessage) => isSameContent(message.content, content);
  const ranked = [...following.filter(saysTheSame), ...preceding.filter(saysTheSame)];
  const others = match === "any" ? following.filter((message) => !saysTheSame(message)).toReversed() : [];
  return [...ranked, ...others].filter((message) => message.author === "visitor");
}

function since(listed: readonly ChatMessage[], fromMs: number | null): readonly ChatMessage[] {
  return fromMs === null ? listed : listed.filter(({ createdAt }) => Date.parse(createdAt) >= fromMs);
}
