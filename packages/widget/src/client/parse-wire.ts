import type { ChatMessage } from "@mailoo-chat/protocol";

/**
 * The edge where the BFF's JSON becomes our types. What everything stands on is checked; the rest is the promise
 * of a protocol that changes only by adding.
 */

/** An object to read fields from, whatever the value is. */
export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value ? (value as Record<string, unknown>) : {};
}

export function isMessage(value: unknown): value is ChatMessage {
  const { id, content, createdAt } = toRecord(value);
  return !!id && typeof content === "string" && !!Date.parse(`${createdAt}`);
}

/** The messages of a page, a frame, or another tab's news. */
export function parseMessages(value: unknown): readonly ChatMessage[] {
  return Array.isArray(value) ? value.filter(isMessage) : [];
}
