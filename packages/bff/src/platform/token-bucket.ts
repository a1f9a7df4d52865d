import type { RateLimit } from "../lib/rate-limit.ts";

/** Tokens left at a moment. A full bucket holds one window's worth, which allows a burst after a quiet time. */
export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

export function fullBucket(rate: RateLimit, nowMs: number): TokenBucket {
  return { tokens: rate.count, atMs: nowMs };
}

/** The bucket at a later moment. */
export function refill(bucket: TokenBucket, rate: RateLimit, nowMs: number): TokenBucket {
  const elapsedMs = nowMs - bucket.atMs;
  const tokens = Math.min(rate.count, bucket.tokens + (elapsedMs * rate.count) / (rate.seconds * 1000));
  return { tokens, atMs: nowMs };
}

/** Milliseconds until the bucket holds `tokens`; 0 if it already does. */
export function untilTokens(bucket: TokenBucket, rate: RateLimit, tokens: number): number {
  const missing = tokens - bucket.tokens;
  return missing <= 0 ? 0 : Math.ceil((missing * rate.seconds * 1000) / rate.count);
}
