import type { PresenceStatus } from "@mailoo-chat/protocol";
import {
  canonical,
  firstFound,
  firstOf,
  type JsonFields,
  layers,
  notUnderstood,
  type Reading,
  toFields,
  understood,
  words,
} from "./fields.ts";
import { MESSAGE_ID_FIELDS, parseId, TIME_FIELDS } from "./parse-message.ts";
import { toWireTime } from "./parse-timestamp.ts";

/**
 * The answer to a send. Any field may be missing: another webhook of the platform answers with little more than "success".
 */
interface SendAnswer {
  /** From a field that is named as the public id. */
  readonly sessionPublicId: string | null;
  /** Any id of the session, perhaps the platform's inner one. Used if there is no other. */
  readonly sessionId: string | null;
  readonly messageId: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
}

/** Parses a receipt or the message itself, wrapped or not. */
export function parseSendAnswer(value: unknown): Reading<SendAnswer> {
  const found = layers(value, SENT_WRAPPERS);
  if (found.length === 0) return notUnderstood(value);

  const sessionPublicId = firstFound(found, sessionPublicIdOf);
  const sessionId = sessionPublicId ?? firstFound(found, sessionIdOf);
  return understood({
    sessionPublicId,
    sessionId,
    messageId: firstFound(found, (fields) => messageIdOf(fields, sessionId)),
    createdAt: firstFound(found, (fields) => toWireTime(firstOf(fields, TIME_FIELDS))),
  });
}

function sessionPublicIdOf(fields: JsonFields): string | null {
  const named = parseId(firstOf(fields, ["sessionpublicid", "publicsessionid", "chatsessionpublicid"]));
  if (named !== null) return named;
  const session = sessionFields(fields);
  return session === null ? null : parseId(firstOf(session, ["publicid", "sessionpublicid"]));
}

function sessionIdOf(fields: JsonFields): string | null {
  const named = parseId(firstOf(fields, SESSION_ID_FIELDS));
  if (named !== null) return named;
  const session = sessionFields(fields);
  return session === null ? null : parseId(firstOf(session, words("id uid uuid sessionid")));
}

function messageIdOf(fields: JsonFields, sessionId: string | null): string | null {
  const named = parseId(firstOf(fields, ["messagepublicid", "messageid"]));
  if (named !== null) return named;
  const id = parseId(firstOf(fields, MESSAGE_ID_FIELDS));
  return id === sessionId ? null : id;
}

const SENT_WRAPPERS = words("message data result payload response");
const SESSION_ID_FIELDS = words(
  "sessionid session sessionuid sessionuuid chatsessionid conversationid chatid threadid",
);

function sessionFields(fields: JsonFields): JsonFields | null {
  return toFields(firstOf(fields, ["session", "chatsession", "conversation"]));
}

/** The id of an integration that was just created. */
export function parseIntegration(value: unknown): Reading<{ readonly integrationId: string }> {
  const found = layers(value, words("integration data result payload"));
  const integrationId =
    firstFound(found, (fields) =>
      parseId(firstOf(fields, ["integrationid", "integrationpublicid", "integrationuid"])),
    ) ?? firstFound(found, (fields) => parseId(firstOf(fields, words("publicid id uid uuid"))));
  return integrationId === null ? notUnderstood(value) : understood({ integrationId });
}

/**
 * Whether the owner is online. Fields that can only mean presence (`online`, `presence`, `agentsOnline`…) take precedence
 * over `status`, which may be the integration's own: there, `active` and `enabled` only mean that the chat is switched on.
 * An object without any such field is `unknown`, not an error.
 */
export function parseStatus(value: unknown): Reading<PresenceStatus> {
  if (typeof value === "string") return understood(fromWord(value) ?? "unknown");
  if (typeof value === "boolean") return understood(value ? "online" : "away");
  const found = layers(value, STATUS_WRAPPERS);
  if (found.length === 0) return notUnderstood(value);
  const status =
    firstFound(found, fromFlags) ??
    firstFound(found, (fields) => fromWord(firstOf(fields, PRESENCE_FIELDS), true)) ??
    firstFound(found, fromCounts) ??
    firstFound(found, (fields) => fromWord(firstOf(fields, ["status", "state", "chatstatus"])));
  return understood(status ?? "unknown");
}

/** The integration's own welcome text, if the answer has it. */
export function parseWelcomeMessage(value: unknown): string | null {
  return firstFound(layers(value, WELCOME_WRAPPERS), (fields) => {
    const text = fields.get("welcomemessage");
    return typeof text === "string" && text.trim() !== "" && text.length <= WELCOME_MAX_UNITS ? text : null;
  });
}

function fromFlags(fields: JsonFields): PresenceStatus | null {
  const flags = FLAG_FIELDS.map((name) => fields.get(name));
  if (flags.some((flag) => flag === true || flag === "true")) return "online";
  return flags.some((flag) => flag === false || flag === "false") ? "away" : null;
}

function fromCounts(fields: JsonFields): PresenceStatus | null {
  const count = firstOf(fields, COUNT_FIELDS);
  const size = Array.isArray(count) ? count.length : count;
  return typeof size === "number" ? (size > 0 ? "online" : "away") : null;
}

/** @param ofPeople the word is about people, not about the integration */
function fromWord(value: unknown, ofPeople = false): PresenceStatus | null {
  if (typeof value !== "string" || value.length > 40) return null;
  const word = canonical(value);
  if (ONLINE_WORDS.has(word) || (ofPeople && word === "active")) return "online";
  return AWAY_WORDS.has(word) ? "away" : null;
}

const STATUS_WRAPPERS = words("data status presence availability result payload chat integration");
const WELCOME_WRAPPERS = words("data config result payload chat integration settings");
const WELCOME_MAX_UNITS = 4000;
const FLAG_FIELDS = words(
  "online isonline available isavailable owneronline isowneronline agentonline operatoronline presence open isopen",
);
const PRESENCE_FIELDS = words("presence availability ownerstatus agentstatus operatorstatus presencestatus");
const COUNT_FIELDS = words(
  "agentsonline onlineagents operatorsonline onlineoperators ownersonline onlineowners onlinecount availableagents",
);
const ONLINE_WORDS: ReadonlySet<string> = new Set(words("online available open here present"));
const AWAY_WORDS: ReadonlySet<string> = new Set(
  words("away offline unavailable closed busy idle absent outofoffice inactive disabled dnd donotdisturb"),
);
