import { assertNever } from "../platform/assert-never.ts";
import type { StoredMessage } from "../platform/models.ts";
import type { Dialect } from "./dialect.ts";

type Json = Readonly<Record<string, unknown>>;

/** One message as a webhook answer or a visitor socket shows it. */
export function renderMessage(message: StoredMessage, dialect: Dialect): Json {
  return {
    [dialect.id]: message.id,
    ...renderSession(message.sessionPublicId, dialect),
    [dialect.content]: message.content,
    ...renderAuthor(message, dialect),
    [dialect.time]: renderTime(message.createdAtMs, dialect),
  };
}

/** The answer to the history call. */
export function renderList(messages: readonly StoredMessage[], dialect: Dialect): unknown {
  const list = messages.map((message) => renderMessage(message, dialect));
  switch (dialect.list) {
    case "bare":
      return list;
    case "messages":
    case "data":
    case "items":
    case "results":
      return { [dialect.list]: list };
    case "data.messages":
      return { success: true, data: { messages: list } };
    case "data.items":
      return { success: true, data: { items: list } };
    default:
      return assertNever(dialect.list);
  }
}

/** The answer to an accepted send. */
export function renderReceipt(message: StoredMessage, dialect: Dialect): Json {
  const shown = renderMessage(message, dialect);
  const receipt = {
    messageId: message.id,
    ...renderSession(message.sessionPublicId, dialect),
    [dialect.time]: renderTime(message.createdAtMs, dialect),
  };
  switch (dialect.send) {
    case "receipt":
      return { success: true, ...receipt, message: "Chat message processed successfully" };
    case "message":
      return shown;
    case "messageObject":
      return { success: true, ...renderSession(message.sessionPublicId, dialect), message: shown };
    case "data":
      return { success: true, data: shown };
    case "dataReceipt":
      return { success: true, message: "Chat message processed successfully", data: receipt };
    default:
      return assertNever(dialect.send);
  }
}

/** The answer to the status call. */
export function renderStatus(
  { online, welcomeMessage }: { online: boolean; welcomeMessage: string | null },
  dialect: Dialect,
): Json {
  const status = online ? "online" : "away";
  switch (dialect.status) {
    case "status":
      return { status, online, welcomeMessage };
    case "STATUS":
      return { status: status.toUpperCase(), welcomeMessage };
    case "online":
      return { online, welcomeMessage };
    case "isOnline":
      return { data: { isOnline: online, welcomeMessage } };
    case "available":
      return { available: online, config: { welcomeMessage } };
    case "data.status":
      return { success: true, data: { status, welcomeMessage } };
    default:
      return assertNever(dialect.status);
  }
}

/** The frame that pushes a message to a visitor socket. */
export function renderEvent(message: StoredMessage, dialect: Dialect): Json {
  const shown = renderMessage(message, dialect);
  switch (dialect.event) {
    case "typePayload":
      return { type: "message", payload: shown };
    case "bare":
      return shown;
    case "eventData":
      return { event: "chat.message", data: shown };
    case "typeMessage":
      return { type: "new_message", message: shown };
    case "typeData":
      return { type: "MESSAGE_CREATED", data: shown };
    default:
      return assertNever(dialect.event);
  }
}

function renderSession(publicId: string, dialect: Dialect): Json {
  return dialect.session === "sessionObject" ? { session: { publicId } } : { [dialect.session]: publicId };
}

function renderAuthor({ sender, senderName }: StoredMessage, dialect: Dialect): Json {
  const byVisitor = sender === "visitor";
  switch (dialect.author) {
    case "senderType":
    case "sender_type":
      return { [dialect.author]: sender.toUpperCase(), senderName };
    case "direction":
      return { direction: byVisitor ? "INBOUND" : "OUTBOUND", senderName };
    case "sender":
    case "author":
      return { [dialect.author]: sender, senderName };
    case "senderObject":
      return { sender: { type: sender.toUpperCase(), name: senderName } };
    case "authorObject":
      return { author: { type: byVisitor ? "user" : "agent", displayName: senderName } };
    case "role":
      return { role: byVisitor ? "user" : "assistant", senderName };
    case "from":
      return { from: byVisitor ? "Visitor" : "Owner", senderName };
    case "isVisitor":
      return { isVisitor: byVisitor, senderName };
    case "isOwner":
      return { isOwner: !byVisitor, senderName };
    default:
      return assertNever(dialect.author);
  }
}

function renderTime(epochMs: number, { timeFormat }: Dialect): string | number {
  const iso = new Date(epochMs).toISOString();
  switch (timeFormat) {
    case "iso":
      return iso;
    case "isoMicroseconds":
      return iso.replace("Z", "000Z");
    case "isoOffset":
      // The same time with an offset of two hours.
      return new Date(epochMs + 2 * 3_600_000).toISOString().replace("Z", "+02:00");
    case "epochMs":
      return epochMs;
    case "epochSeconds":
      return epochMs / 1000;
    default:
      return assertNever(timeFormat);
  }
}
