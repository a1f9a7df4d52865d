import type { ChatMessage, PresenceStatus } from "@mailoo-chat/protocol";

/**
 * The platform as the rest of the BFF sees it. Behind this face, and only there, lies what is known or
 * guessed of its JSON. Every method rejects with a `MailooError` and nothing else.
 */
export interface MailooClient {
  /**
   * Sends a visitor's message; without a `sessionPublicId` the platform opens a session. Never tried twice here. It
   * leaves within `SEND_START_MS` of the call or never, so that whoever does not hear of its outcome knows from when to
   * count.
   */
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage>;
  /** One page of a session's history, in the platform's order. Retried on passing trouble, unless `once` says otherwise. */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly ChatMessage[]>;
  status(signal?: AbortSignal): Promise<PresenceStatus>;
  /** A token for this session was issued at that time, in epoch milliseconds: for a minute a 404 does not end it. */
  sessionIssued(sessionPublicId: string, issuedAtMs: number): void;
  /** Opens the visitor socket once; whoever wants it back after `onClose` opens another. */
  openVisitorSocket(session: SessionRef, listener: VisitorSocketCallbacks): VisitorSocket;
  createIntegration(integration: NewIntegration, signal?: AbortSignal): Promise<{ integrationId: string }>;
  /** What readiness shows of the platform. */
  readonly health: UpstreamHealth;
  /** How much goes on towards the platform at this moment. */
  readonly load: UpstreamLoad;
  close(): Promise<void>;
}

/** The wait for its turn and for a connection, all together. */
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
  /** Null where nobody is signed in: the dashboard then says "Guest". */
  readonly sender: Sender | null;
}

/** What the platform said of an accepted send. Null where its answer does not say. */
export interface SentMessage {
  readonly sessionPublicId: string;
  readonly messageId: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
}

export interface ListQuery extends SessionRef {
  /** Epoch milliseconds; null lists from the beginning. Whether the bound itself is included is not known. */
  readonly sinceMs: number | null;
  /** Epoch milliseconds; only what is older. Not published: it may be ignored or refused. @default null */
  readonly beforeMs?: number | null;
  /** Under pressure `interactive` (somebody waits for the answer) goes before `background`. */
  readonly priority: "interactive" | "background";
  /** Asked once only: the caller comes back by itself. @default false */
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
  /** An event that holds a message of this session. Events of other sessions never get here. */
  onMessage(message: ChatMessage): void;
  /**
   * Any frame that is not understood: something may have happened, ask the history. Frames of one kind are alike but for
   * their values.
   */
  onChangeHint(frameKind: string): void;
  /** Once, whatever the cause: refused, failed, closed, timed out. Not called after `close()`. */
  onClose(closed: VisitorSocketClosed): void;
}

export interface VisitorSocketClosed {
  /** `refused`: the upgrade was answered with an HTTP error. `lost`: everything else. */
  readonly kind: "refused" | "lost";
  /** HTTP status of a refusal, close code of a loss; 0 where there is none. */
  readonly code: number;
}

export interface VisitorSocket {
  /** Idempotent; no listener is called afterwards. */
  close(): void;
}

export interface UpstreamLoad {
  readonly sends: BudgetLoad;
  /** Listings, status calls and socket dials. */
  readonly reads: BudgetLoad;
}

export interface BudgetLoad {
  /** Calls that wait for their turn under the budget. */
  readonly waiting: number;
  readonly inFlight: number;
}

export interface UpstreamHealth {
  /** True once the platform has answered any call since the start, other than by a 401. */
  readonly everReached: boolean;
  /** True while the platform refuses our key. */
  readonly keyRefused: boolean;
  /** True while the platform refuses the fallback origin, and is not known to accept another. */
  readonly originRefused: boolean;
  readonly circuit: "closed" | "open" | "half-open";
}
