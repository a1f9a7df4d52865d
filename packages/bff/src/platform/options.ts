import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import { SEND_START_MS } from "./client.ts";

export interface MailooClientOptions {
  /** http(s) URL of the platform; a path before `/api` is kept. */
  readonly apiUrl: string;
  /** Sent in `X-API-Key` on webhook calls, and nowhere else. */
  readonly apiKey: string;
  readonly projectUid: string;
  readonly integrationId: string;
  /** http(s) or ws(s). @default `apiUrl` */
  readonly socketOrigin?: string;
  /** An http or https proxy for `apiUrl`. @default null: none */
  readonly apiProxy?: string | null;
  /** The same for `socketOrigin`. @default null: none */
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
  /** Stands for a session in the log. @default the same word for all */
  readonly hashSession?: (sessionPublicId: string) => string;
  /** @default the system's */
  readonly clock?: Clock;
  /** Evenly from [0, 1). @default Math.random */
  readonly random?: () => number;
}

export type UpstreamLimits = Readonly<typeof DEFAULT_UPSTREAM_LIMITS>;

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
  /** One attempt of a GET, so that one that hangs leaves time for another. */
  attemptMs: 4_000,
  connectMs: 4_000,
  /** Longest wait of a POST for its turn and a connection. */
  startMs: SEND_START_MS,
  /** Longest wait of a GET for a turn under the budget; twice that for background calls. */
  queueMs: 5_000,
  /** Longest opening handshake of a visitor socket. */
  handshakeMs: 10_000,
  /** Interval of the pings of a visitor socket. */
  pingEveryMs: 25_000,
};

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
