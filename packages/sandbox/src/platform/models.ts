/** What the platform keeps. Times are epoch milliseconds of the platform's own clock. */

export type IntegrationType = "JSBOX" | "FORM";

export interface IntegrationConfig {
  readonly welcomeMessage: string | null;
  /** Exact origins, or patterns as `isOriginAllowed` reads them. Empty, with no `domain`: every origin. */
  readonly allowedOrigins: readonly string[];
  /** A host name; it and its subdomains are allowed too. */
  readonly domain: string | null;
}

/** Whether the owner is shown as online: always, never, or (`auto`) while an owner socket is open. */
export type Presence = "auto" | "online" | "away";

export interface Integration {
  readonly publicId: string;
  readonly projectUid: string;
  readonly type: IntegrationType;
  readonly name: string;
  readonly config: IntegrationConfig;
  readonly presence: Presence;
  readonly createdAtMs: number;
}

export type Sender = "visitor" | "owner";

export interface StoredMessage {
  readonly id: string;
  /** Order of arrival. Breaks ties between equal times. */
  readonly sequence: number;
  readonly sessionPublicId: string;
  readonly sender: Sender;
  readonly senderName: string | null;
  readonly content: string;
  readonly createdAtMs: number;
}

export interface ChatSession {
  readonly publicId: string;
  readonly integrationId: string;
  readonly visitorName: string | null;
  readonly visitorEmail: string | null;
  readonly createdAtMs: number;
  readonly lastMessageAtMs: number;
  readonly messageCount: number;
  /** Visitor messages that the owner has not seen. */
  readonly unreadCount: number;
}

/** A session as the dashboard lists it. */
export interface SessionSummary extends ChatSession {
  readonly lastMessage: StoredMessage | null;
}
