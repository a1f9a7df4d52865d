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
  /** An http or https proxy on the way to `apiUrl`. @default null: none */
  readonly apiProxy?: string | null;
  /** The same for `socketOrigin`. @default null: none */
  readonly socketProxy?: string | null;
  /** `Origin` of calls that are not on behalf of a page (the status). @default null: none is sent */
  readonly fallbackOrigin?: string | null;
  readonly logger: Logger;
  /** @default none */
  readonly telemetry?: Telemetry;
  readonly limits?: UpstreamLimits;
  readonly timeouts?: Partial<UpstreamTimeouts>;
  /** A larger answer is `malformed`. @default 8 MiB */
  readonly maxResponseBytes?: number;
  /** Stands for a session in the log. @default a hash under a key of this process */
  readonly hashSession?: (sessionPublicId: string) => string;
  /** @default the system's */
  readonly clock?: Clock;
  /** Evenly from [0, 1). @default Math.random */
  readonly random?: () => number;
}

export interface UpstreamLimits {
  /** Rate of sends, for the whole process; null: no limit. @default 50 in 1 s */
  readonly sends?: RateLimit | null;
  /** Rate of listings, status calls and new visitor sockets; null: no limit. @default 200 in 1 s */
  readonly reads?: RateLimit | null;
  /** Calls that may wait for their turn, for each of the two; more fail as `over-budget`. @default 10000 */
  readonly maxQueue?: number;
  /** Calls in flight, for each of the two. @default 64 */
  readonly maxInFlight?: number;
}

/** All in milliseconds. */
export interface UpstreamTimeouts {
  /** One call, from connecting to the last byte; for a GET including retries. @default 8000 */
  readonly callMs: number;
  /** One attempt of a GET, so that one that hangs leaves time for another. @default 4000 */
  readonly attemptMs: number;
  /** @default 4000 */
  readonly connectMs: number;
  /** Longest wait of a POST for its turn and a connection. @default `SEND_START_MS` */
  readonly startMs: number;
  /** Longest wait of a GET for a turn under the budget; twice that for background calls. @default 5000 */
  readonly queueMs: number;
  /** Longest opening handshake of a visitor socket. @default 10000 */
  readonly handshakeMs: number;
  /** Interval of the pings of a visitor socket. @default 25000 */
  readonly pingEveryMs: number;
}

export const DEFAULT_UPSTREAM_TIMEOUTS: UpstreamTimeouts = {
  callMs: 8_000,
  attemptMs: 4_000,
  connectMs: 4_000,
  startMs: SEND_START_MS,
  queueMs: 5_000,
  handshakeMs: 10_000,
  pingEveryMs: 25_000,
};

export const DEFAULT_UPSTREAM_LIMITS: Required<UpstreamLimits> = {
  sends: { count: 50, seconds: 1 },
  reads: { count: 200, seconds: 1 },
  maxQueue: 10_000,
  maxInFlight: 64,
};

export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;
