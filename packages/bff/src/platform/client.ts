import type { ChatMessage, PresenceStatus } from "@mailoo-chat/protocol";
import type { FooterEntry } from "./footer.ts";

/** The answer to the status call. */
export interface PlatformStatus {
  readonly status: PresenceStatus;
  /** The integration's own welcome text; null if the platform does not tell it. */
  readonly welcomeMessage: string | null;
}

/**
 * The platform as the rest of the BFF sees it. All knowledge and all guesses about its JSON are behind this interface. Every
 * method rejects with a `MailooError` and nothing else.
 */
export interface MailooClient {
  /**
   * Sends a visitor's message; without a `sessionPublicId` the platform opens a session. Never retried here. The request
   * leaves within `SEND_START_MS` of the call or never: a caller that does not learn the outcome counts from there.
   */
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage>;
  /** One page of a session's history, in the platform's order. Retried after an outage, unless `once` is set. */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly ChatMessage[]>;
  status(signal?: AbortSignal): Promise<PlatformStatus>;
  /** A token for this session was issued at that time, in epoch milliseconds. For a minute, a 404 does not end the session. */
  sessionIssued(sessionPublicId: string, issuedAtMs: number): void;
  /** Opens a visitor socket. It does not reconnect: after `onClose`, open another. */
  openVisitorSocket(session: SessionRef, callbacks: VisitorSocketCallbacks): VisitorSocket;
  createIntegration(integration: NewIntegration, signal?: AbortSignal): Promise<{ integrationId: string }>;
  /** For readiness. */
  readonly health: UpstreamHealth;
  /** Calls waiting and in flight. */
  readonly load: UpstreamLoad;
  close(): Promise<void>;
}

/** A send leaves within this time or never: the wait for its turn and for a connection together. */
export const SEND_START_MS = 2_000;

/** A session, and the page's origin that the platform checks against the integration's allowed origins. */
export interface SessionRef {
  readonly sessionPublicId: string;
  readonly origin: string;
}

export interface Sender {
  readonly name?: string;
  readonly email?: string;
}

export interface OutgoingMessage {
  /** As `normaliseContent` leaves it. */
  readonly content: string;
  /** Null opens a session. */
  readonly sessionPublicId: string | null;
  readonly origin: string;
  /** Null: the dashboard says "Guest". */
  readonly sender: Sender | null;
  /** What the page tells of the visitor, for the owner only. @default none */
  readonly context?: readonly FooterEntry[];
}

/** The answer to an accepted send. Null: not in the answer. */
export interface SentMessage {
  readonly sessionPublicId: string;
  readonly messageId: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
}

export interface ListQuery extends SessionRef {
  /** Epoch milliseconds; null: from the beginning. Whether messages of that very millisecond are included is not published. */
  readonly sinceMs: number | null;
  /** Epoch milliseconds; only older messages. Not published, so it may be ignored or refused. @default null */
  readonly beforeMs?: number | null;
  /** Under load, `interactive` (a visitor waits) goes before `background`. */
  readonly priority: "interactive" | "background";
  /** Not retried: the caller does that itself. @default false */
  readonly once?: boolean;
}

export interface NewIntegration {
  readonly name: string;
  readonly welcomeMessage: string | null;
  readonly allowedOrigins: readonly string[];
  readonly domain: string | null;
}

export interface VisitorSocketCallbacks {
  onOpen(): void;
  /** An event with a message of this session, never of another one. */
  onMessage(message: ChatMessage): void;
  /**
   * A frame that is not understood: something may have changed, so ask the history. Frames of one kind differ only in their
   * values.
   */
  onChangeHint(frameKind: string): void;
  /** Called once, for any cause: refused, failed, closed, timed out. Not called after `close()`. */
  onClose(closed: VisitorSocketClosed): void;
}

export interface VisitorSocketClosed {
  /** `refused`: the upgrade was answered with an HTTP error. `lost`: everything else. */
  readonly kind: "refused" | "lost";
  /** HTTP status of a refusal, close code of a loss; 0 where there is none. */
  readonly code: number;
}

export interface VisitorSocket {
  /** Idempotent; no callback is called afterwards. */
  close(): void;
}

export interface UpstreamLoad {
  readonly sends: BudgetLoad;
  /** Listings, status calls and new visitor sockets. */
  readonly reads: BudgetLoad;
}

export interface BudgetLoad {
  /** Calls that wait for their turn. */
  readonly waiting: number;
  readonly inFlight: number;
}

export interface UpstreamHealth {
  /** True once the platform has answered any call, other than with 401. */
  readonly everReached: boolean;
  /** True while the platform refuses the API key. */
  readonly keyRefused: boolean;
  /** True while the platform refuses the fallback origin, and is not known to accept another. */
  readonly originRefused: boolean;
  readonly circuit: "closed" | "open" | "half-open";
}
