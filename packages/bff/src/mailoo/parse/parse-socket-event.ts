import type { ChatMessage } from "@mailoo-chat/protocol";
import { firstOf, type JsonFields, toFields } from "./json-fields.ts";
import { firstFound, layers } from "./layers.ts";
import { parseAuthor, parseAuthorOfEvent } from "./parse-author.ts";
import { MESSAGE_WRAPPERS, messageAmong } from "./parse-message.ts";
import { sessionIdOf, sessionPublicIdOf } from "./parse-send-answer.ts";

export type SocketEvent =
  | { readonly kind: "message"; readonly message: ChatMessage }
  /** Something of another session, which must go no further. */
  | { readonly kind: "foreign" }
  /** Anything else, a closed session included: the history tells what it was. */
  | { readonly kind: "doorbell" };

/**
 * Reads a frame of the visitor socket: a bare message, `{ type, payload }`, `{ event, data }`, or either nested once more.
 *
 * An event whose `sessionPublicId` is another's is foreign. A `sessionId` or the like that differs may be the
 * platform's inner id of our own session: then the history, which is asked for our session alone, decides.
 *
 * Only a message is taken at its word. The platform has not published its events, and a session that it calls closed
 * may open again with the next message, so such a word ends nothing here: the next listing's 404 or 410 does.
 */
export function parseSocketEvent(frame: string, sessionPublicId: string): SocketEvent {
  const parsed = parseJson(frame);
  const value = JSON_WITHIN_JSON.test(frame) ? withPayloadParsed(parsed) : parsed;
  const levels = layers(value, MESSAGE_WRAPPERS);
  const publicIds = levels.map(sessionPublicIdOf).filter((id) => id !== null);
  if (publicIds.some((id) => id !== sessionPublicId)) return { kind: "foreign" };

  const eventName = firstFound([...levels].reverse(), nameOf) ?? "";
  if (TAKES_AWAY.test(eventName)) return DOORBELL;
  const isOurs =
    publicIds.length > 0 || levels.map(sessionIdOf).every((id) => id === null || id === sessionPublicId);
  if (!isOurs) return DOORBELL;

  const presumed = firstFound(levels, parseAuthor) ?? parseAuthorOfEvent(eventName);
  const message = messageAmong(levels, presumed);
  return message === null ? DOORBELL : { kind: "message", message };
}

export const DOORBELL: SocketEvent = { kind: "doorbell" };

/** A text that begins with a brace. */
const JSON_WITHIN_JSON = /"\{/;

/** A message that is no more must not be shown again by the event that says so. */
const TAKES_AWAY = /delet|remov|retract|redact|recall/i;

function nameOf(fields: JsonFields): string | null {
  for (const name of ["type", "event", "eventtype", "name", "action", "topic"]) {
    const value = fields.get(name);
    if (typeof value === "string" && value.length <= 100) return value;
  }
  return null;
}

/**
 * Some sockets carry their payload as JSON within JSON. Only a named event's `data` and `payload` are opened, never a field
 * that may be somebody's text.
 */
function withPayloadParsed(value: unknown): unknown {
  const fields = toFields(value);
  if (fields === null || nameOf(fields) === null) return value;
  const payload = firstOf(fields, ["payload", "data"]);
  if (typeof payload !== "string" || !payload.startsWith("{")) return value;
  return { ...Object.fromEntries(fields), payload: parseJson(payload), data: undefined };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
