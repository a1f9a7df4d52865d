/** What the sandbox sends to its console, parsed once at the edge. */

export interface Message {
  readonly id: string;
  readonly sessionPublicId: string;
  readonly author: "visitor" | "owner";
  readonly content: string;
  readonly createdAtMs: number;
}

export interface Session {
  readonly id: string;
  readonly visitorName: string | null;
  readonly visitorEmail: string | null;
  readonly createdAtMs: number;
  readonly lastMessageAtMs: number;
  readonly messageCount: number;
  readonly unreadCount: number;
  readonly lastMessage: Message | null;
}

export type Presence = "auto" | "online" | "away";

export interface Integration {
  readonly id: string;
  readonly projectUid: string;
  readonly name: string;
  readonly presence: Presence;
  readonly unreadCount: number;
}

export type OwnerEvent =
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "session"; readonly session: Session }
  | { readonly type: "presence"; readonly presence: Presence };

class WireError extends Error {
  override readonly name = "WireError";
}

export function parseMessage(value: unknown): Message {
  const fields = parseObject(value);
  return {
    id: parseString(fields.id),
    sessionPublicId: parseString(fields.sessionPublicId),
    author: fields.senderType === "OWNER" ? "owner" : "visitor",
    content: parseString(fields.content),
    createdAtMs: parseTime(fields.createdAt),
  };
}

export function parseSession(value: unknown): Session {
  const fields = parseObject(value);
  return {
    id: parseString(fields.sessionPublicId),
    visitorName: parseText(fields.visitorName),
    visitorEmail: parseText(fields.visitorEmail),
    createdAtMs: parseTime(fields.createdAt),
    lastMessageAtMs: parseTime(fields.lastMessageAt),
    messageCount: parseNumber(fields.messageCount),
    unreadCount: parseNumber(fields.unreadCount),
    lastMessage: fields.lastMessage ? parseMessage(fields.lastMessage) : null,
  };
}

export function parseIntegration(value: unknown): Integration {
  const fields = parseObject(value);
  return {
    id: parseString(fields.id),
    projectUid: parseString(fields.projectUid),
    name: parseString(fields.name),
    presence: parsePresence(fields.presence),
    unreadCount: parseNumber(fields.unreadCount),
  };
}

/** null for an event of a kind that this console does not know. */
export function parseOwnerEvent(text: string): OwnerEvent | null {
  const { type, payload } = parseObject(JSON.parse(text));
  switch (type) {
    case "message":
      return { type, message: parseMessage(payload) };
    case "session":
      return { type, session: parseSession(payload) };
    case "presence":
      return { type, presence: parsePresence(parseObject(payload).presence) };
    default:
      return null;
  }
}

export function parseObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError("not an object");
  return { ...value };
}

export function parseList<T>(value: unknown, parseItem: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw new WireError("not a list");
  return value.map(parseItem);
}

function parsePresence(value: unknown): Presence {
  return value === "online" || value === "away" ? value : "auto";
}

function parseString(value: unknown): string {
  if (typeof value !== "string") throw new WireError("not a string");
  return value;
}

/** A text that may be missing. */
function parseText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function parseNumber(value: unknown): number {
  if (typeof value !== "number") throw new WireError("not a number");
  return value;
}

function parseTime(value: unknown): number {
  const timeMs = Date.parse(parseString(value));
  if (Number.isNaN(timeMs)) throw new WireError("not a time");
  return timeMs;
}
