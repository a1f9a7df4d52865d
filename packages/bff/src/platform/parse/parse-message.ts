import { type Author, type ChatMessage, normaliseContent } from "@mailoo-chat/protocol";
import { withoutFooter } from "../footer.ts";
import { firstFound, firstOf, type JsonFields, layers, words } from "./fields.ts";
import { parseAuthor, parseAuthorName } from "./parse-author.ts";
import { toWireTime } from "./parse-timestamp.ts";
import { notUnderstood, type Reading, understood } from "./reading.ts";

/**
 * Parses one message of any shape, wrapped (`{ message: {…} }`, `{ data: {…} }`) or not.
 *
 * @param presumed who wrote it, if the message itself does not say
 */
export function parseMessage(value: unknown, presumed: Author | null = null): Reading<ChatMessage> {
  const message = messageAmong(layers(value, MESSAGE_WRAPPERS), presumed);
  return message === null ? notUnderstood(value) : understood(message);
}

/** The same, for the layers of an object. */
export function messageAmong(found: readonly JsonFields[], presumed: Author | null): ChatMessage | null {
  return firstFound(found, (fields) => toMessage(fields, presumed));
}

/** The names under which a message may be wrapped. */
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

/** `message` last: beside `content`, it is a text about the message. */
const CONTENT_FIELDS = words("content text body messagetext plaintext message");

/** Replaces what our protocol does not allow with U+FFFD. Everything else stays, markup included. */
function toWireContent(content: string): string {
  const text = normaliseContent(content.toWellFormed().replaceAll("\0", "\ufffd"));
  if (text.length <= PLATFORM_CONTENT_MAX_UNITS) return text;
  return `${text.slice(0, PLATFORM_CONTENT_MAX_UNITS - 1).toWellFormed()}…`;
}
