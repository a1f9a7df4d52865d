import type { Redis } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { RedisAwayError, type RedisLink } from "../redis/redis-link.ts";
import type { CounterFactory } from "./rate-limits.ts";
import { createWindowCounter, type TakeVerdict } from "./window-counter.ts";

/**
 * Counts for all replicas together. While Redis is away each replica counts by itself: a limit is then as many times
 * wider as there are replicas, which is better than none and better than refusing everybody.
 */
export function createRedisCounters(
  link: RedisLink,
  redis: Redis,
  /** Redis is told neither session ids nor addresses. */
  hashKey: (key: string) => string,
): CounterFactory {
  return (name, limit) => {
    const shared = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `mc:limit:${name}`,
      points: limit.count,
      duration: limit.seconds,
    });
    const own = createWindowCounter(limit);
    return async (key) => {
      try {
        return await link.run(() => take(shared, hashKey(key)));
      } catch (error) {
        if (error instanceof RedisAwayError) return own.take(key);
        throw error;
      }
    };
  };
}

async function take(limiter: RateLimiterRedis, key: string): Promise<TakeVerdict> {
  try {
    await limiter.consume(key);
    return { ok: true };
  } catch (refusal) {
    // The library rejects with its answer where the limit is spent, and with an error where Redis failed.
    if (refusal instanceof RateLimiterRes) return { ok: false, retryInMs: refusal.msBeforeNext };
    throw refusal;
  }
}
