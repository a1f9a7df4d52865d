import type { RateLimit } from "../lib/rate-limit.ts";
import { createFairQueue, type Place } from "./fair-queue.ts";

/**
 * How much of the platform this process may use: a rate, and a number of requests at a time. Whoever comes too early
 * waits in a fair, bounded queue.
 */
export interface UpstreamBudget {
  /**
   * Resolves when a request may go out; `release` is to be called when it has come back.
   *
   * Rejects with a `BudgetRefusal` where the queue overflows, the wait takes longer than `maxWaitMs`, the signal aborts or
   * the budget is closed.
   */
  acquire(claim: BudgetClaim): Promise<Release>;
  /** The same where it needs no waiting, else null. */
  tryAcquire(): Release | null;
  readonly size: { readonly waiting: number; readonly inFlight: number };
  /** Refuses all who wait and all who come. Idempotent. */
  close(): void;
}

export interface BudgetClaim extends Place {
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BudgetOptions {
  /** Null: no limit of rate. */
  readonly rate: RateLimit | null;
  readonly maxInFlight: number;
  /** Most who wait; more overflow as `FairQueue` says. */
  readonly maxQueue: number;
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
}

/** Idempotent. */
export type Release = () => void;

export class BudgetRefusal extends Error {
  override readonly name = "BudgetRefusal";
  readonly reason: "overflow" | "too-late" | "aborted" | "closed";
  /** When it may be worth another try. */
  readonly retryAfterMs: number;

  constructor(reason: BudgetRefusal["reason"], retryAfterMs: number) {
    super(`upstream budget: ${reason}`);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export function createUpstreamBudget({ rate, maxInFlight, maxQueue, now }: BudgetOptions): UpstreamBudget {
  const queue = createFairQueue<Waiter>(maxQueue);
  let bucket = rate === null ? null : fullBucket(rate, now());
  let inFlight = 0;
  let closed = false;
  let wakeUp: NodeJS.Timeout | undefined;

  return {
    get size() {
      return { waiting: queue.size, inFlight };
    },

    tryAcquire,

    acquire(claim) {
      if (closed) return Promise.reject(new BudgetRefusal("closed", 0));
      if (claim.signal?.aborted === true) return Promise.reject(new BudgetRefusal("aborted", 0));
      const release = tryAcquire();
      return release === null ? enqueue(claim) : Promise.resolve(release);
    },

    close() {
      closed = true;
      clearTimeout(wakeUp);
      for (const waiter of queue.clear()) waiter.refuse(new BudgetRefusal("closed", 0));
    },
  };

  function tryAcquire(): Release | null {
    return !closed && queue.size === 0 && takeToken() ? started() : null;
  }

  function enqueue({ lane, priority, maxWaitMs, signal }: BudgetClaim): Promise<Release> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant() {
          stopWaiting();
          resolve(started());
        },
        refuse(refusal) {
          stopWaiting();
          reject(refusal);
        },
      };
      const leave = (reason: "too-late" | "aborted") => {
        if (queue.remove(waiter)) waiter.refuse(new BudgetRefusal(reason, estimatedWaitMs()));
      };
      const onAbort = () => leave("aborted");
      const tooLate = setTimeout(() => leave("too-late"), maxWaitMs);
      signal?.addEventListener("abort", onAbort, { once: true });

      function stopWaiting(): void {
        clearTimeout(tooLate);
        signal?.removeEventListener("abort", onAbort);
      }

      const pushed = queue.push(waiter, { lane, priority });
      if (pushed.kind === "refused") waiter.refuse(new BudgetRefusal("overflow", estimatedWaitMs()));
      if (pushed.kind === "displaced") pushed.entry.refuse(new BudgetRefusal("overflow", estimatedWaitMs()));
      grantAll();
    });
  }

  /** Lets out all whose turn it is, and wakes up again when the next token is due. */
  function grantAll(): void {
    clearTimeout(wakeUp);
    while (queue.size > 0 && takeToken()) queue.shift()?.grant();
    // At the limit of requests in flight the next one that comes back wakes the queue.
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

  function started(): Release {
    inFlight += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      inFlight -= 1;
      if (queue.size > 0 && !closed) grantAll();
    };
  }

  /** An honest guess for Retry-After: how long the queue as it stands needs. */
  function estimatedWaitMs(): number {
    if (rate === null || bucket === null) return FALLBACK_WAIT_MS;
    return Math.min(60_000, Math.max(FALLBACK_WAIT_MS, untilTokens(bucket, rate, queue.size + 1)));
  }
}

interface Waiter {
  grant(): void;
  refuse(refusal: BudgetRefusal): void;
}

/** Where the rate says nothing: about the time that slow requests take to come back. */
const FALLBACK_WAIT_MS = 1_000;

/** Tokens left at a moment. A full bucket holds one window's worth, so that a quiet minute allows a burst. */
export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

export function fullBucket(rate: RateLimit, nowMs: number): TokenBucket {
  return { tokens: rate.count, atMs: nowMs };
}

/** The bucket as it is at a later moment. */
export function refill(bucket: TokenBucket, rate: RateLimit, nowMs: number): TokenBucket {
  const elapsedMs = nowMs - bucket.atMs;
  const tokens = Math.min(rate.count, bucket.tokens + (elapsedMs * rate.count) / (rate.seconds * 1000));
  return { tokens, atMs: nowMs };
}

/** Milliseconds until the bucket holds `tokens`; 0 where it does. */
export function untilTokens(bucket: TokenBucket, rate: RateLimit, tokens: number): number {
  const missing = tokens - bucket.tokens;
  return missing <= 0 ? 0 : Math.ceil((missing * rate.seconds * 1000) / rate.count);
}

/**
 * Remembers that the platform asked for less. Its limits are not published, and one key serves all visitors: so while
 * it asks for less, what nobody waits for is held back, and the quota is left to those who send and wait.
 */
export interface QuotaHold {
  /** A 429. Null: it did not say for how long. */
  heard(retryAfterMs: number | null): void;
  /** How much longer background calls are to wait; 0: not at all. */
  remainingMs(): number;
}

/** A platform that says nothing is given this long. */
const UNTOLD_MS = 1_000;
/** Whatever it says: beyond that it is asked again, by one feed or another. */
const LONGEST_MS = 30_000;

/** @param steadyMs milliseconds from any start; never steps */
export function createQuotaHold(steadyMs: () => number): QuotaHold {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    heard(retryAfterMs) {
      untilMs = Math.max(untilMs, steadyMs() + Math.min(LONGEST_MS, retryAfterMs ?? UNTOLD_MS));
    },
    remainingMs: () => Math.max(0, untilMs - steadyMs()),
  };
}
