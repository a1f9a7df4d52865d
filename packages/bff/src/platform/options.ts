import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import { SEND_START_MS } from "./client.ts";

export interface MailooClientOptions {
  /** http(s) address of the platform; a path before `/api` is kept. */
  readonly apiUrl: string;
  /** Goes out in `X-API-Key` on webhook calls, and nowhere else. */
  readonly apiKey: string;
  readonly projectUid: string;
  readonly integrationId: string;
  /** http(s) or ws(s). @default `apiUrl` */
  readonly socketOrigin?: string;
  /** An http or https proxy on the way to `apiUrl`. @default null: none */
  readonly apiProxy?: string | null;
  /** The same for `socketOrigin`. @default null: none */
  readonly socketProxy?: string | null;
  /** `Origin` of calls that no visitor's page stands behind (the status). @default null: none is sent */
  readonly fallbackOrigin?: string | null;
  readonly logger: Logger;
  /** @default reports to nobody */
  readonly telemetry?: Telemetry;
  readonly limits?: UpstreamLimits;
  readonly timeouts?: Partial<UpstreamTimeouts>;
  /** A larger answer is dropped as `malformed`. @default 8 MiB */
  readonly maxResponseBytes?: number;
  /** Stands for a session in the log. @default a hash under a key of this process */
  readonly hashSession?: (sessionPublicId: string) => string;
  /** @default the system's */
  readonly clock?: Clock;
  /** Evenly from [0, 1). @default Math.random */
  readonly random?: () => number;
}

export interface UpstreamLimits {
  /** Sends a window, for the whole process; null: no limit. @default 50 in 1 s */
  readonly sends?: RateLimit | null;
  /** Listings, status calls and socket dials a window; null: no limit. @default 200 in 1 s */
  readonly reads?: RateLimit | null;
  /** Most calls that wait for their turn, of either kind; more fail as `over-budget`. @default 10000 */
  readonly maxQueue?: number;
  /** Most calls at a time, of either kind. @default 64 */
  readonly maxInFlight?: number;
}

/** All in milliseconds. */
export interface UpstreamTimeouts {
  /** One call, from connecting to the last byte; for a GET with all its retries. @default 8000 */
  readonly callMs: number;
  /** One try of a GET. @default 4000 */
  readonly attemptMs: number;
  /** @default 4000 */
  readonly connectMs: number;
  /** Longest wait of a POST for its turn and a connection. @default `SEND_START_MS` */
  readonly startMs: number;
  /** Longest wait of a GET for a turn under the budget; twice that for background calls. @default 5000 */
  readonly queueMs: number;
  /** Longest opening handshake of a visitor socket. @default 10000 */
  readonly handshakeMs: number;
  /** How often a visitor socket is tested. @default 25000 */
  readonly pingEveryMs: number;
  /** How long a status is believed. @default 5000 */
  readonly statusFreshMs: number;
}

export const DEFAULT_UPSTREAM_TIMEOUTS: UpstreamTimeouts = {
  callMs: 8_000,
  attemptMs: 4_000,
  connectMs: 4_000,
  startMs: SEND_START_MS,
  queueMs: 5_000,
  handshakeMs: 10_000,
  pingEveryMs: 25_000,
  statusFreshMs: 5_000,
};

export const DEFAULT_UPSTREAM_LIMITS: Required<UpstreamLimits> = {
  sends: { count: 50, seconds: 1 },
  reads: { count: 200, seconds: 1 },
  maxQueue: 10_000,
  maxInFlight: 64,
};

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
