import { type Author, type ChatMessage, normaliseContent } from "@mailoo-chat/protocol";
import { withoutFooter } from "../footer.ts";
import {
  firstFound,
  firstOf,
  type JsonFields,
  keysSeen,
  layers,
  notUnderstood,
  type Reading,
  toFields,
  understood,
  words,
} from "./fields.ts";
import { parseAuthor, parseAuthorName } from "./parse-author.ts";
import { toWireTime } from "./parse-timestamp.ts";

/**
 * Parses one message of any shape, wrapped (`{ message: {…} }`, `{ data: {…} }`) or not.
 *
 * @param presumed the author, if the message does not contain one
 */
export function parseMessage(value: unknown, presumed: Author | null = null): Reading<ChatMessage> {
  const message = messageAmong(layers(value, MESSAGE_WRAPPERS), presumed);
  return message === null ? notUnderstood(value) : understood(message);
}

/** The same, for the layers of an object. */
export function messageAmong(found: readonly JsonFields[], presumed: Author | null): ChatMessage | null {
  return firstFound(found, (fields) => toMessage(fields, presumed));
}

/** The keys under which a message may be wrapped. */
export const MESSAGE_WRAPPERS = words("message payload data item");

const MESSAGE_ID_MAX_UNITS = 256;

/**
 * Longer content is cut, with an ellipsis. The owner may write more than a visitor, but a message must fit a 256 KiB frame
 * even if each unit takes six bytes of JSON.
 */
export const PLATFORM_CONTENT_MAX_UNITS = 32_768;

/** `publicId` before `id`: if there are both, `id` is the database's, and pushed events have another. */
export const MESSAGE_ID_FIELDS = words("publicid messagepublicid id messageid msgid uid uuid guid");
export const TIME_FIELDS = words(
  "createdat sentat timestamp created sent createdon createdtime datecreated date time ts",
);

/** An id as text, or null. Numbers are ids as well. */
export function parseId(value: unknown): string | null {
  if (typeof value !== "string" && !Number.isSafeInteger(value)) return null;
  const id = String(value).trim();
  return id === "" || id.length > MESSAGE_ID_MAX_UNITS ? null : id;
}

function toMessage(fields: JsonFields, presumed: Author | null): ChatMessage | null {
  const id = parseId(firstOf(fields, MESSAGE_ID_FIELDS));
  const author = parseAuthor(fields) ?? presumed;
  const content = firstOf(fields, CONTENT_FIELDS);
  const createdAt = toWireTime(firstOf(fields, TIME_FIELDS));
  if (id === null || author === null || typeof content !== "string" || createdAt === null) return null;
  const text = toWireContent(content);
  const message: ChatMessage = {
    id,
    author,
    content: author === "visitor" ? withoutFooter(text) : text,
    createdAt,
  };
  const authorName = parseAuthorName(fields);
  return authorName === null ? message : { ...message, authorName };
}

/** `message` is last, because beside `content` it is a text about the message. */
const CONTENT_FIELDS = words("content text body messagetext plaintext message");

/** Replaces characters that our protocol does not allow with U+FFFD. Everything else stays, including markup. */
function toWireContent(content: string): string {
  const text = normaliseContent(content.toWellFormed().replaceAll("\0", "\ufffd"));
  if (text.length <= PLATFORM_CONTENT_MAX_UNITS) return text;
  return `${text.slice(0, PLATFORM_CONTENT_MAX_UNITS - 1).toWellFormed()}…`;
}

interface MessageList {
  /** In the platform's order. */
  readonly messages: readonly ChatMessage[];
  /** The keys of each item that could not be parsed and was left out. */
  readonly skipped: readonly (readonly string[])[];
  /** The number of items left out because they name another session. */
  readonly ofOtherSessions: number;
}

/**
 * Parses a page of history: an array, or an object with one under `messages`, `data`, `items` or the like, wrapped or not.
 * An item that cannot be parsed is left out. If no item can be parsed, parsing the list fails, because an unknown format
 * must not look like an empty history.
 *
 * @param isOurs which items belong to the session
 */
export function parseMessageList(value: unknown, isOurs: SessionFilter = all): Reading<MessageList> {
  const items = findItems(value);
  if (items === null) return notUnderstood(value);

  const ours = isOurs(value, items);
  const own = items.filter((_item, index) => ours[index]);
  const messages: ChatMessage[] = [];
  const skipped: (readonly string[])[] = [];
  for (const item of own) {
    const message = parseMessage(item);
    if (message.ok) messages.push(message.value);
    else skipped.push(message.keysSeen);
  }
  if (messages.length === 0 && skipped.length > 0) return { ok: false, keysSeen: keysSeen(items) };
  return understood({ messages, skipped, ofOtherSessions: items.length - own.length });
}

/** Which items of an answer belong to the requested session. */
export type SessionFilter = (answer: unknown, items: readonly unknown[]) => readonly boolean[];

const all: SessionFilter = (_answer, items) => items.map(() => true);

/** The first array in the nested envelopes, breadth first. */
function findItems(value: unknown, depth = 0): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  const fields = toFields(value);
  if (fields === null || depth >= ENVELOPE_MAX_DEPTH) return null;
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

const ENVELOPE_MAX_DEPTH = 3;
const LISTS = words("messages data items results rows records list history entries content");
const ENVELOPES = words("data messages result response payload page history session body");
