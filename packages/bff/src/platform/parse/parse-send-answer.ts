import { firstFound, firstOf, type JsonFields, layers, toFields, words } from "./fields.ts";
import { MESSAGE_ID_FIELDS, parseId, TIME_FIELDS } from "./parse-message.ts";
import { toWireTime } from "./parse-timestamp.ts";
import { notUnderstood, type Reading, understood } from "./reading.ts";

/** The answer to a send. Any field may be missing: another webhook of the platform answers with hardly more than "success". */
export interface SendAnswer {
  /** From a field that is named as the public id. */
  readonly sessionPublicId: string | null;
  /** Any id of the session, perhaps the platform's inner one. For use if there is no other. */
  readonly sessionId: string | null;
  readonly messageId: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
}

/** Parses a receipt or the message itself, wrapped or not. */
export function parseSendAnswer(value: unknown): Reading<SendAnswer> {
  const found = layers(value, WRAPPERS);
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

const WRAPPERS = words("message data result payload response");
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
