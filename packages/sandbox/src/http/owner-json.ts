import { DIALECTS } from "../dialect/dialect.ts";
import { renderMessage } from "../dialect/render.ts";
import type { ChatSession, SessionSummary, StoredMessage } from "../platform/models.ts";

/** The dashboard's JSON. The dialect switch does not apply to it. */

export function toMessageJson(message: StoredMessage) {
  return renderMessage(message, DIALECTS.default);
}

export function toSessionJson(session: ChatSession) {
  return {
    sessionPublicId: session.publicId,
    integrationId: session.integrationId,
    visitorName: session.visitorName,
    visitorEmail: session.visitorEmail,
    createdAt: new Date(session.createdAtMs).toISOString(),
    lastMessageAt: new Date(session.lastMessageAtMs).toISOString(),
    messageCount: session.messageCount,
    unreadCount: session.unreadCount,
  };
}

export function toSummaryJson(session: SessionSummary) {
  return {
    ...toSessionJson(session),
    lastMessage: session.lastMessage === null ? null : toMessageJson(session.lastMessage),
  };
}
