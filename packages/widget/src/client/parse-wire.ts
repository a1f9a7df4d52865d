import type { ChatMessage } from "@mailoo-chat/protocol";

/**
 * The edge where the BFF's JSON becomes our types. The fields that nothing works without are checked; the protocol, which
 * changes only by adding, promises the rest.
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
