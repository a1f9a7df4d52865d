import type { ChatMessage } from "@mailoo-chat/protocol";
import { toFields, words } from "./fields.ts";
import { parseMessage } from "./parse-message.ts";
import { keysSeen, notUnderstood, type Reading, understood } from "./reading.ts";

export interface MessageList {
  /** In the platform's order. */
  readonly messages: readonly ChatMessage[];
  /** The keys of each item that was not understood and left out. */
  readonly skipped: readonly (readonly string[])[];
  /** The number of items left out because they name another session. */
  readonly foreign: number;
}

/**
 * Parses a page of history: an array, or an object with one under `messages`, `data`, `items` or the like, wrapped or not. An
 * item that is not understood is left out. If no item is, the list is not either: an unknown dialect must not look like an
 * empty history.
 *
 * @param isOurs which items belong to the session
 */
export function parseMessageList(value: unknown, isOurs: SessionFilter = all): Reading<MessageList> {
  const items = findItems(value);
  if (items === null) return notUnderstood(value);

  const messages: ChatMessage[] = [];
  const skipped: (readonly string[])[] = [];
  const ours = isOurs(value, items);
  let foreign = 0;
  for (const [index, item] of items.entries()) {
    if (ours[index] === false) {
      foreign += 1;
      continue;
    }
    const message = parseMessage(item);
    if (message.ok) messages.push(message.value);
    else skipped.push(message.keysSeen);
  }
  if (messages.length === 0 && skipped.length > 0) return { ok: false, keysSeen: keysSeen(items) };
  return understood({ messages, skipped, foreign });
}

/** Which items of an answer belong to the session that was asked for. */
export type SessionFilter = (answer: unknown, items: readonly unknown[]) => readonly boolean[];

const all: SessionFilter = (_answer, items) => items.map(() => true);

/** The first array in the nested envelopes, breadth first. */
function findItems(value: unknown, depth = 0): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  const fields = toFields(value);
  if (fields === null || depth >= MAX_DEPTH) return null;
  for (const name of LISTS) {
    const list = fields.get(name);
    if (Array.isArray(list)) return list;
  }
  for (const name of ENVELOPES) {
    const items = findItems(fields.get(name), depth + 1);
    if (items !== null) return items;
  }
  return null;
}

const MAX_DEPTH = 3;
const LISTS = words("messages data items results rows records list history entries content");
const ENVELOPES = words("data messages result response payload page history session body");
