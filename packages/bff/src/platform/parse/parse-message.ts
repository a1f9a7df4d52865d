import { type Author, type ChatMessage, normaliseContent } from "@mailoo-chat/protocol";
import { firstFound, firstOf, type JsonFields, layers } from "./fields.ts";
import { parseAuthor, parseAuthorName } from "./parse-author.ts";
import { toWireTime } from "./parse-timestamp.ts";
import { notUnderstood, type Reading, understood } from "./reading.ts";

/**
 * Reads one message in whatever shape. A wrapped one (`{ message: {…} }`, `{ data: {…} }`) is looked for first, since
 * the id of an envelope is not the message's.
 *
 * @param presumed who wrote it, where the surroundings say so and the message itself does not.
 */
export function parseMessage(value: unknown, presumed: Author | null = null): Reading<ChatMessage> {
  const message = messageAmong(layers(value, MESSAGE_WRAPPERS), presumed);
  return message === null ? notUnderstood(value) : understood(message);
}

/** The same of an object whose layers are known already. */
export function messageAmong(found: readonly JsonFields[], presumed: Author | null): ChatMessage | null {
  return firstFound(found, (fields) => toMessage(fields, presumed));
}

/** Under which names a message may be wrapped. */
export const MESSAGE_WRAPPERS = ["message", "payload", "data", "item"];

/** Longest message id that is believed to be one. */
const MESSAGE_ID_MAX_UNITS = 256;

/**
 * Longest content that is passed on. The platform may allow its owner more than we allow a visitor, but even if each
 * unit took six bytes of JSON, the message has to fit a 256 KiB frame. What is cut off ends in an ellipsis.
 */
export const PLATFORM_CONTENT_MAX_UNITS = 32_768;

/** `publicId` before `id`: where an object has both, `id` is a database's own, and pushes would not agree with it. */
export const MESSAGE_ID_FIELDS = [
  "publicid",
  "messagepublicid",
  "id",
  "messageid",
  "msgid",
  "uid",
  "uuid",
  "guid",
];
export const TIME_FIELDS = [
  "createdat",
  "sentat",
  "timestamp",
  "created",
  "sent",
  "createdon",
  "createdtime",
  "datecreated",
  "date",
  "time",
  "ts",
];

/** An id as text, or null. Numbers are ids as well. */
export function parseId(value: unknown): string | null {
  if (typeof value !== "string" && !Number.isSafeInteger(value)) return null;
  const id = String(value).trim();
  return id === "" || id.length > MESSAGE_ID_MAX_UNITS ? null : id;
}

/** Written by hand: it runs for every message of every frame and listing, and a schema takes longer than all the rest. */
function toMessage(fields: JsonFields, presumed: Author | null): ChatMessage | null {
  const id = parseId(firstOf(fields, MESSAGE_ID_FIELDS));
  const author = parseAuthor(fields) ?? presumed;
  const content = firstOf(fields, CONTENT_FIELDS);
  const createdAt = toWireTime(firstOf(fields, TIME_FIELDS));
  if (id === null || author === null || typeof content !== "string" || createdAt === null) return null;
  const message: ChatMessage = { id, author, content: toWireContent(content), createdAt };
  const authorName = parseAuthorName(fields);
  return authorName === null ? message : { ...message, authorName };
}

/** `message` last: beside a `content` it is a sentence about the message. */
const CONTENT_FIELDS = ["content", "text", "body", "messagetext", "plaintext", "message"];

/** What JSON can carry and our wire cannot becomes U+FFFD; nothing else is taken away, markup included. */
function toWireContent(content: string): string {
  const text = normaliseContent(content.toWellFormed().replaceAll("\0", "\ufffd"));
  if (text.length <= PLATFORM_CONTENT_MAX_UNITS) return text;
  return `${text.slice(0, PLATFORM_CONTENT_MAX_UNITS - 1).toWellFormed()}…`;
}
