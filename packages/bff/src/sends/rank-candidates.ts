import type { ChatMessage } from "@mailoo-chat/protocol";
import { isSameContent } from "./same-content.ts";

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
