import type { RateLimit } from "../lib/rate-limit.ts";
import type { BudgetLoad } from "./client.ts";
import { MailooError } from "./errors.ts";
import { createFairQueue, type QueueEntry } from "./fair-queue.ts";

export type UpstreamBudget = ReturnType<typeof createUpstreamBudget>;

export interface BudgetClaim extends QueueEntry {
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface BudgetOptions {
  /** Null: no limit. */
  readonly rate: RateLimit | null;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  /** Milliseconds from an arbitrary start; never jumps. */
  readonly now: () => number;
  /** Called for each request that is refused as `over-budget`. @default nothing */
  readonly onOverBudget?: () => void;
}

/** Idempotent. */
export type Release = () => void;

/**
 * Limits the rate of this process's requests to the platform, and the number in flight. A request beyond the limits waits in
 * a fair, bounded queue.
 */
export function createUpstreamBudget(options: BudgetOptions) {
  const { rate, maxInFlight, maxQueue, now, onOverBudget } = options;
  const queue = createFairQueue<Waiter>(maxQueue);
  let bucket = rate === null ? null : fullBucket(rate, now());
  let inFlight = 0;
  let closed = false;
  let wakeUp: NodeJS.Timeout | undefined;

  return {
    get size(): BudgetLoad {
      return { waiting: queue.size, inFlight };
    },

    acquire,

    /** Refuses all requests, waiting and new. Idempotent. */
    close(): void {
      closed = true;
      clearTimeout(wakeUp);
      for (const waiter of queue.clear()) waiter.refuse(unreachable());
    },
  };

  /**
   * Resolves when a request may be sent; `release` must be called when it has ended.
   *
   * Rejects with a `MailooError`: `over-budget` if the queue is full or the wait takes longer than `maxWaitMs`,
   * `unreachable` if the signal aborts or the budget is closed.
   */
  function acquire({ lane, priority, maxWaitMs, signal }: BudgetClaim): Promise<Release> {
    if (closed || signal?.aborted === true) return Promise.reject(unreachable());
    if (queue.size === 0 && takeToken()) return Promise.resolve(start());
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (queue.remove(waiter)) waiter.refuse(unreachable());
      };
      const timer = setTimeout(() => {
        if (queue.remove(waiter)) waiter.refuse(overBudget());
      }, maxWaitMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      const stopWaiting = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        lane,
        priority,
        grant() {
          stopWaiting();
          resolve(start());
        },
        refuse(error) {
          stopWaiting();
          reject(error);
        },
      };
      if (!queue.push(waiter)) waiter.refuse(overBudget());
      grantAll();
    });
  }

  /** Grants requests within the limits, and sets a timer for the next token. */
  function grantAll(): void {
    clearTimeout(wakeUp);
    while (queue.size > 0 && takeToken()) queue.shift()?.grant();
    // At the limit of requests in flight, the next `release` continues.
    if (queue.size > 0 && bucket !== null && rate !== null && inFlight < maxInFlight) {
      wakeUp = setTimeout(grantAll, Math.max(1, untilTokens(bucket, rate, 1)));
    }
  }

  function takeToken(): boolean {
    if (inFlight >= maxInFlight) return false;
    if (rate === null || bucket === null) return true;
    bucket = refill(bucket, rate, now());
    if (bucket.tokens < 1) return false;
    bucket = { ...bucket, tokens: bucket.tokens - 1 };
    return true;
  }

  function start(): Release {
    inFlight += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      inFlight -= 1;
      if (queue.size > 0 && !closed) grantAll();
    };
  }

  function overBudget(): MailooError {
    onOverBudget?.();
    return new MailooError({ kind: "over-budget", retryAfterMs: estimatedWaitMs() });
  }

  /** The estimated time to drain the current queue. */
  function estimatedWaitMs(): number {
    if (rate === null || bucket === null) return MIN_WAIT_MS;
    return Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, untilTokens(bucket, rate, queue.size + 1)));
  }
}

function unreachable(): MailooError {
  return new MailooError({ kind: "unreachable" });
}

interface Waiter extends QueueEntry {
  grant(): void;
  refuse(error: MailooError): void;
}

const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;

/**
 * Tokens left at a moment. A full bucket holds the tokens of one window, which allows a burst after a quiet period.
 */
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
