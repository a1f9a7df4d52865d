import type {
  ChatConfig,
  ChatMessage,
  MessagePage,
  PresenceStatus,
  SubmitResponse,
} from "@mailoo-chat/protocol";

/**
 * The edge where the BFF's JSON becomes our types. What everything stands on is checked; the rest is the promise
 * of a protocol that changes only by adding. What is not what it should be gives null.
 */

/** An object to read fields from, whatever the value is. */
export function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value ? (value as Record<string, unknown>) : {};
}

export function parseMessage(value: unknown): ChatMessage | null {
  const { id, content, createdAt } = toRecord(value);
  return id && typeof content === "string" && Date.parse(`${createdAt}`) ? (value as ChatMessage) : null;
}

export function parseMessages(value: unknown): readonly ChatMessage[] {
  return Array.isArray(value) ? value.filter(parseMessage) : [];
}

/** The body of `GET messages`, and a `ready` frame. */
export function parsePage(value: unknown): MessagePage | null {
  const page = value as MessagePage;
  return toRecord(value).messages ? { ...page, messages: parseMessages(page.messages) } : null;
}

/** The answer of `POST submit`. */
export function parseSubmit(value: unknown): SubmitResponse | null {
  const { message, session } = toRecord(value);
  return parseMessage(message) && toRecord(session).token ? (value as SubmitResponse) : null;
}

export function parseStatus(value: unknown): PresenceStatus {
  return value === "online" || value === "away" ? value : "unknown";
}

/** The answer of `GET config`. */
export function parseConfig(value: unknown): ChatConfig | null {
  return toRecord(value).realtime ? (value as ChatConfig) : null;
}
