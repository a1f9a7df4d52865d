import {
  type ChatConfig,
  type ChatMessage,
  CONTENT_MAX_UNITS,
  type MessagePage,
  type PresenceStatus,
  type SessionGrant,
} from "@mailoo-chat/protocol";

/**
 * The edge where the BFF's JSON becomes our types. Tolerant: what is optional and odd falls to its default, so
 * that a newer BFF is understood; what is required and missing gives null.
 */

/** An object to read fields from, whatever the value is. */
export function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value ? (value as Record<string, unknown>) : {};
}

export function toText(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}

export function parseMessage(value: unknown): ChatMessage | null {
  const raw = toRecord(value);
  const id = toText(raw.id);
  const createdAt = toText(raw.createdAt);
  if (!id || !createdAt || typeof raw.content !== "string") return null;
  const clientMessageId = toText(raw.clientMessageId);
  const authorName = toText(raw.authorName);
  return {
    id,
    author: raw.author === "visitor" || raw.author === "owner" ? raw.author : "system",
    content: raw.content,
    createdAt,
    ...(clientMessageId && { clientMessageId }),
    ...(authorName && { authorName }),
  };
}

export function parseMessages(value: unknown): readonly ChatMessage[] {
  return Array.isArray(value) ? value.map(parseMessage).filter((message) => message !== null) : [];
}

/** The body of `GET messages` and of a `ready` frame. Null where it is not one. */
export function parsePage(value: unknown): MessagePage | null {
  const raw = toRecord(value);
  if (!Array.isArray(raw.messages)) return null;
  const token = toText(raw.token);
  return {
    messages: parseMessages(raw.messages),
    cursor: toText(raw.cursor),
    more: raw.more === true,
    truncated: raw.truncated === true,
    ...(token && { token }),
  };
}

export function parseSession(value: unknown): Omit<SessionGrant, "expiresAt"> | null {
  const raw = toRecord(value);
  const token = toText(raw.token);
  const sessionPublicId = toText(raw.sessionPublicId);
  return token && sessionPublicId ? { token, sessionPublicId } : null;
}

export function parseStatus(value: unknown): PresenceStatus {
  return value === "online" || value === "away" ? value : "unknown";
}

/** Null where it is not the answer of `GET config`. */
export function parseConfig(value: unknown): ChatConfig | null {
  const raw = toRecord(value);
  const realtime = toRecord(raw.realtime);
  const consent = toRecord(raw.consent);
  const text = toText(consent.text);
  const fields = toRecord(raw.preChat).fields;
  if (!raw.realtime) return null;
  return {
    welcomeMessage: toText(raw.welcomeMessage),
    status: parseStatus(raw.status),
    realtime: { ws: toText(realtime.ws), longPollSeconds: Number(realtime.longPollSeconds) || 0 },
    limits: { contentMax: Number(toRecord(raw.limits).contentMax) || CONTENT_MAX_UNITS },
    preChat: {
      fields: (Array.isArray(fields) ? fields.map(toRecord) : []).flatMap(({ name, required }) =>
        name === "name" || name === "email" ? [{ name, required: required === true }] : [],
      ),
    },
    consent: text === null ? null : { text, url: toText(consent.url) ?? "" },
    challenge: (raw.challenge as ChatConfig["challenge"]) ?? null,
  };
}
