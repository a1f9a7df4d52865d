/** The events that webhooks report. */
export const WEBHOOK_EVENTS = ["session.started", "message.created"] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** The body of a webhook. */
export type WebhookEvent = SessionStarted | MessageCreated;

/** A visitor's first message has opened a session. */
export interface SessionStarted {
  readonly type: "session.started";
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: WebhookSession & WebhookSender;
}

export interface MessageCreated {
  readonly type: "message.created";
  /** When the message was created: ISO 8601. */
  readonly timestamp: string;
  readonly data: VisitorMessageCreated | OwnerMessageCreated;
}

export interface VisitorMessageCreated extends WebhookSession, WebhookSender {
  readonly message: WebhookMessage & { readonly author: "visitor" };
}

export interface OwnerMessageCreated extends WebhookSession {
  readonly message: WebhookMessage & { readonly author: "owner"; readonly authorName?: string };
}

export interface WebhookSession {
  /** The integration of the chat, as in the dashboard. */
  readonly integrationId: string;
  /** The session, as in the dashboard. */
  readonly sessionPublicId: string;
}

export interface WebhookSender {
  /** The origin of the visitor's page, such as `https://www.example.com`. */
  readonly origin: string;
  /** As shown in the dashboard with this message; null: a guest. */
  readonly visitor: WebhookVisitor | null;
}

interface WebhookVisitor {
  readonly name?: string;
  readonly email?: string;
  /**
   * True: all values were confirmed by an identity token or by your application. False: they are the visitor's own claims.
   */
  readonly verified: boolean;
}

interface WebhookMessage {
  /** The platform's id. */
  readonly id: string;
  /** Plain text: escape it where you show it. */
  readonly content: string;
  /** ISO 8601. */
  readonly createdAt: string;
}
