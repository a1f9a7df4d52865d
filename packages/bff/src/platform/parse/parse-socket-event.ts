import type { ChatMessage } from "@mailoo-chat/protocol";
import { parseJson } from "../../lib/parse-json.ts";
import { firstFound, firstOf, type JsonFields, layers, toFields, words } from "./fields.ts";
import { parseAuthor, parseAuthorOfEvent } from "./parse-author.ts";
import { MESSAGE_WRAPPERS, messageAmong } from "./parse-message.ts";
import { isNameOf, type SessionName, sessionNames } from "./session-names.ts";

type SocketEvent =
  | { readonly kind: "message"; readonly message: ChatMessage }
  /** Anything else, including a closed session: the history shows what has changed. */
  | { readonly kind: "change-hint"; readonly frameKind: string; readonly ofAnotherSession: boolean };

/** Whether a name is an alias of the session. */
export type IsAlias = (name: SessionName) => boolean;

/**
 * Parses a frame of the visitor socket: a bare message, `{ type, payload }`, `{ event, data }`, or either nested once more.
 *
 * A message is never shown if its frame names another session. The name may be the platform's inner id of this session, so
 * the message is then read from the history.
 *
 * Only messages are used directly. The platform's events are not documented, and a session that it reports as closed may
 * open again with the next message, so only a 404 or 410 to a listing ends a session.
 */
export function parseSocketEvent(
  frame: string,
  sessionPublicId: string,
  isAlias: IsAlias = () => false,
): SocketEvent {
  const parsed = parseJson(frame);
  const value = JSON_WITHIN_JSON.test(frame) ? withPayloadParsed(parsed) : parsed;
  const otherNames = sessionNames(value).filter((name) => !isNameOf(name, sessionPublicId) && !isAlias(name));
  const levels = layers(value, MESSAGE_WRAPPERS);
  const names = levels.map(nameOf).filter((name) => name !== null);
  const hint = (ofAnotherSession: boolean): SocketEvent => ({
    kind: "change-hint",
    frameKind: frameKind(frame, levels, names),
    ofAnotherSession,
  });
  if (otherNames.length > 0) return hint(otherNames.some(({ isPublic }) => isPublic));
  const eventName = names.at(-1) ?? "";
  if (REMOVAL.test(eventName)) return hint(false);

  const presumed = firstFound(levels, parseAuthor) ?? parseAuthorOfEvent(eventName);
  const message = messageAmong(levels, presumed);
  return message === null ? hint(false) : { kind: "message", message };
}

export const BINARY_FRAME: SocketEvent = {
  kind: "change-hint",
  frameKind: "binary",
  ofAnotherSession: false,
};

/** A string that begins with a brace. */
const JSON_WITHIN_JSON = /"\{/;

/** An event about a deleted message may carry it: it must not be shown again. */
const REMOVAL = /delet|remov|retract|redact|recall/i;

function nameOf(fields: JsonFields): string | null {
  for (const name of words("type event eventtype name action topic")) {
    const value = fields.get(name);
    if (typeof value === "string" && value.length <= 100) return value;
  }
  return null;
}

/**
 * Some sockets send their payload as JSON within JSON. Only `data` and `payload` of a named event are parsed, never a field
 * that may be a text.
 */
function withPayloadParsed(value: unknown): unknown {
  const fields = toFields(value);
  if (fields === null || nameOf(fields) === null) return value;
  const payload = firstOf(fields, ["payload", "data"]);
  if (typeof payload !== "string" || !payload.startsWith("{")) return value;
  return { ...Object.fromEntries(fields), payload: parseJson(payload), data: undefined };
}

/**
 * Identifies the kind of a frame, so that feeds can learn whether frames of this kind bring news: the event's names and
 * keys, or the words of a text, without digits.
 */
function frameKind(frame: string, levels: readonly JsonFields[], names: readonly string[]): string {
  const outermost = levels.at(-1);
  // Short texts are codes, such as the pings of Engine.IO.
  if (outermost === undefined) return frame.length <= 4 ? frame : toKind(frame);
  return toKind([...names, ...[...outermost.keys()].toSorted()].join(" "));
}

const MAX_UNITS = 100;

function toKind(text: string): string {
  return text.slice(0, MAX_UNITS).replaceAll(/[0-9]+/g, "#");
}
