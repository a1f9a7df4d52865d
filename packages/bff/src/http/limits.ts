import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import type { LimitsConfig } from "../config/to-config.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import { type RedisLink, withFallback } from "../redis/redis-link.ts";

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Counters that all replicas share. */
export interface SharedCounters {
  readonly link: RedisLink;
  readonly redis: Redis;
  /** Hashes keys, so that Redis stores neither session ids nor addresses. */
  readonly hashKey: (key: string) => string;
}

/**
 * Each rejects with `ProblemError("rate_limited")` when its limit is reached.
 *
 * @param shared null: this process counts alone
 */
export function createRateLimits(limits: LimitsConfig, telemetry: Telemetry, shared: SharedCounters | null) {
  const gate = (name: string, limit: RateLimit | null) => {
    if (!limit) return async (_key: string) => {};
    const take = createCounter(name, limit, shared);
    return async (key: string) => {
      const { consumedPoints, msBeforeNext } = await take(key);
      if (consumedPoints <= limit.count) return;
      telemetry.limitHit(name);
      throw new ProblemError("rate_limited", { retryAfterMs: msBeforeNext });
    };
  };
  return {
    /** By address block: any request except preflights, assets and health checks. */
    request: gate("ip-requests", limits.ipRequests),
    /** By address block: first messages. */
    newSession: gate("ip-new-sessions", limits.ipNewSessions),
    /** By session: messages. */
    send: gate("session-sends", limits.sessionSends),
  };
}

/**
 * Counts in fixed windows. While Redis is away, each replica counts alone. The library's `insuranceLimiter` would wait for a
 * Redis that hangs; the link does not.
 */
function createCounter(name: string, { count, seconds }: RateLimit, shared: SharedCounters | null) {
  const options = { keyPrefix: `mc:limit:${name}`, points: count, duration: seconds };
  const own = new RateLimiterMemory(options);
  if (!shared) return (key: string) => consume(own, key);
  const { link, redis, hashKey } = shared;
  const common = new RateLimiterRedis({ ...options, storeClient: redis });
  return (key: string) =>
    withFallback(
      link.run(() => consume(common, hashKey(key))),
      () => consume(own, key),
    );
}

/** The library rejects with a result when the limit is reached, and with an error when Redis fails. */
async function consume(limiter: RateLimiterAbstract, key: string): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}
