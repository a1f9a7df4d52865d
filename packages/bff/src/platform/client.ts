import type { ChatMessage, PresenceStatus } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import type { BffConfig } from "../config/to-config.ts";
import type { Clock } from "../lib/clock.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import type { FooterEntry } from "./footer.ts";

/** The answer to the status call. */
export interface PlatformStatus {
  readonly status: PresenceStatus;
  /** The integration's own welcome text; null if the platform does not return one. */
  readonly welcomeMessage: string | null;
}

/**
 * The BFF's interface to the platform. Only code behind it knows, or guesses, the platform's JSON. Every method rejects with
 * a `MailooError` and nothing else.
 */
export interface MailooClient {
  /**
   * Sends a visitor's message; without a `sessionPublicId` the platform opens a session. Never retried here. The request
   * leaves within `SEND_START_MS` of the call or never: a caller that does not learn the outcome measures from there.
   */
  send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage>;
  /** One page of a session's history, in the platform's order. Retried after an outage, unless `once` is set. */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly ChatMessage[]>;
  status(signal?: AbortSignal): Promise<PlatformStatus>;
  /**
   * A token for this session was issued at that time, in epoch milliseconds; `opened` by the send that opened it. A 404 then
   * does not end the session for some seconds, or for a minute if it was `opened`.
   */
  sessionIssued(sessionPublicId: string, issuedAtMs: number, opened?: boolean): void;
  /** Opens a visitor socket. It does not reconnect: after `onClose`, open another. */
  openVisitorSocket(session: SessionRef, callbacks: VisitorSocketCallbacks): VisitorSocket;
  createIntegration(integration: NewIntegration, signal?: AbortSignal): Promise<{ integrationId: string }>;
  /** For readiness. */
  readonly health: UpstreamHealth;
  /** Calls waiting and in flight. */
  readonly load: UpstreamLoad;
  close(): Promise<void>;
}

/** A send leaves within this time or never. Includes the wait for its turn and for a connection. */
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
  /** Null: shown as "Guest" in the dashboard. */
  readonly sender: Sender | null;
  /** What the page reports about the visitor, for the owner only. @default none */
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
  /**
   * Epoch milliseconds; null: from the beginning. Whether messages of exactly that millisecond are included is not
   * documented.
   */
  readonly sinceMs: number | null;
  /** Epoch milliseconds; only older messages. Not documented, so it may be ignored or refused. @default null */
  readonly beforeMs?: number | null;
  /** Under load, `interactive` (a visitor waits) has priority over `background`. */
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
   * A frame of an unknown kind: something may have changed, so list the history. Frames of one kind differ only in their
   * values.
   */
  onChangeHint(frameKind: string): void;
  /** Called once, for any reason: refused, failed, closed, timed out. Not called after `close()`. */
  onClose(closed: VisitorSocketClosed): void;
}

export interface VisitorSocketClosed {
  /** `refused`: the upgrade was answered with an HTTP error. `lost`: everything else. */
  readonly kind: "refused" | "lost";
  /** HTTP status of a refusal, close code of a loss; 0 if there is none. */
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

export interface MailooClientOptions {
  /** http(s) URL of the platform; a path before `/api` is kept. */
  readonly apiUrl: string;
  /** Sent in `X-API-Key` on webhook calls, and nowhere else. */
  readonly apiKey: string;
  readonly projectUid: string;
  readonly integrationId: string;
  /** http(s) or ws(s). @default `apiUrl` */
  readonly socketUrl?: string;
  /** An http or https proxy for `apiUrl`. @default null: none */
  readonly apiProxy?: string | null;
  /** The same for `socketUrl`. @default null: none */
  readonly socketProxy?: string | null;
  /** `Origin` of calls that are not on behalf of a page (the status). @default null: none is sent */
  readonly fallbackOrigin?: string | null;
  readonly logger: Logger;
  /** @default none */
  readonly telemetry?: Telemetry;
  readonly limits?: Partial<UpstreamLimits>;
  readonly timeouts?: Partial<UpstreamTimeouts>;
  /** A larger answer is `malformed`. @default 8 MiB */
  readonly maxResponseBytes?: number;
  /** Replaces a session's id in the log. @default the same word for all */
  readonly hashSession?: (sessionPublicId: string) => string;
  /** @default the system's */
  readonly clock?: Clock;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}

type UpstreamLimits = Readonly<typeof DEFAULT_UPSTREAM_LIMITS>;

export const DEFAULT_UPSTREAM_LIMITS = {
  /** Rate of sends, for the whole process; null: no limit. */
  sends: { count: 50, seconds: 1 } as RateLimit | null,
  /** Rate of listings, status calls and new visitor sockets; null: no limit. */
  reads: { count: 200, seconds: 1 } as RateLimit | null,
  /** Calls that may wait for their turn, for each of the two; more fail as `over-budget`. */
  maxQueue: 10_000,
  /** Calls in flight, for each of the two. */
  maxInFlight: 64,
};

export type UpstreamTimeouts = Readonly<typeof DEFAULT_UPSTREAM_TIMEOUTS>;

/** All in milliseconds. */
export const DEFAULT_UPSTREAM_TIMEOUTS = {
  /** One call, from connecting to the last byte; for a GET including retries. */
  callMs: 8_000,
  /** One attempt of a GET. A hanging attempt leaves time for another. */
  attemptMs: 4_000,
  connectMs: 4_000,
  /** Maximum wait of a POST for its turn and a connection. */
  startMs: SEND_START_MS,
  /** Maximum wait of a GET for its turn under the budget; twice that for background calls. */
  queueMs: 5_000,
  /** Timeout of a visitor socket's opening handshake. */
  handshakeMs: 10_000,
  /** Interval of the pings of a visitor socket. */
  pingEveryMs: 25_000,
};

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** How the platform is reached, and how often. */
export function toClientOptions({ platform, limits }: BffConfig) {
  return {
    apiUrl: platform.apiBaseUrl,
    apiProxy: platform.apiProxy,
    socketUrl: platform.socketBaseUrl,
    socketProxy: platform.socketProxy,
    apiKey: platform.apiKey,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    limits: { sends: limits.upstreamSends, reads: limits.upstreamReads },
  } satisfies Partial<MailooClientOptions>;
}
