/**
 * Reads what a probe needs from an answer whose exact shape is not published. It shares no code with the BFF's parser,
 * so that both cannot have the same mistake.
 */

type Fields = Readonly<Record<string, unknown>>;

const SESSION_KEYS = ["sessionPublicId", "session_public_id", "sessionId", "session_id"];
const CONTENT_KEYS = ["content", "text", "body", "message"];
const TIME_KEYS = ["createdAt", "created_at", "sentAt", "sent_at", "timestamp", "time"];
const AUTHOR_KEYS = ["senderType", "sender_type", "direction", "sender", "role", "author", "from", "type"];
const VISITOR_WORDS = ["visitor", "inbound", "incoming", "in", "user", "guest", "customer", "client"];
const OWNER_WORDS = [
  "owner",
  "outbound",
  "outgoing",
  "out",
  "assistant",
  "agent",
  "operator",
  "admin",
  "staff",
];
const MAX_DEPTH = 5;

/** The id of the session in an answer, or null. */
export function findSessionId(answer: unknown, depth = 0): string | null {
  const fields = toFields(answer);
  if (fields === null || depth > MAX_DEPTH) return null;
  const direct = firstString(fields, SESSION_KEYS);
  if (direct !== null) return direct;
  const session = toFields(fields.session);
  if (session !== null) return firstString(session, ["publicId", "public_id", "id", ...SESSION_KEYS]);
  for (const value of Object.values(fields)) {
    const found = findSessionId(value, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** The list of objects in an answer, or null. */
export function findList(answer: unknown, depth = 0): readonly Fields[] | null {
  if (Array.isArray(answer)) {
    const items = answer.map(toFields);
    return items.every((item) => item !== null) ? items : null;
  }
  const fields = toFields(answer);
  if (fields === null || depth > MAX_DEPTH) return null;
  for (const value of Object.values(fields)) {
    const found = findList(value, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

export function readContent(message: Fields): string | null {
  return firstString(message, CONTENT_KEYS);
}

/** Epoch milliseconds, from ISO text or a number of (milli)seconds; null if there is none. */
export function readTimeMs(message: Fields): number | null {
  for (const key of TIME_KEYS) {
    const value = message[key];
    // Seconds since 1970 stay below this until the year 5138; milliseconds have been above it since 1973.
    if (typeof value === "number") return Math.round(value < 100_000_000_000 ? value * 1000 : value);
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  }
  return null;
}

export function readAuthor(message: Fields): "visitor" | "owner" | null {
  for (const [key, ifTrue, ifFalse] of FLAGS) {
    const flag = message[key];
    if (typeof flag === "boolean") return flag ? ifTrue : ifFalse;
  }
  for (const key of AUTHOR_KEYS) {
    const value = message[key];
    const word = typeof value === "string" ? value : readWord(toFields(value));
    if (word === null) continue;
    if (VISITOR_WORDS.includes(word.toLowerCase())) return "visitor";
    if (OWNER_WORDS.includes(word.toLowerCase())) return "owner";
  }
  return null;
}

/** Whether any value in an answer or a frame equals a text. */
export function mentions(answer: unknown, text: string): boolean {
  if (answer === text) return true;
  if (typeof answer !== "object" || answer === null) return false;
  return Object.values(answer).some((value) => mentions(value, text));
}

const FLAGS = [
  ["isVisitor", "visitor", "owner"],
  ["isOwner", "owner", "visitor"],
  ["isAgent", "owner", "visitor"],
] as const;

function readWord(fields: Fields | null): string | null {
  return fields === null ? null : firstString(fields, ["type", "role", "kind"]);
}

function toFields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
}

function firstString(fields: Fields, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = fields[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}
