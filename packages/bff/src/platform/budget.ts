import type { RateLimit } from "../lib/rate-limit.ts";
import { createFairQueue, type QueueEntry } from "./fair-queue.ts";
import { fullBucket, refill, untilTokens } from "./token-bucket.ts";

/**
 * Limits what this process asks of the platform: the rate, and the number of requests in flight. A request beyond the limits
 * waits in a fair, bounded queue.
 */
export interface UpstreamBudget {
  /**
   * Resolves when a request may go out; `release` must be called when it has ended.
   *
   * Rejects with a `BudgetRefusal` if the queue is full, the wait takes longer than `maxWaitMs`, the signal aborts or the
   * budget is closed.
   */
  acquire(claim: BudgetClaim): Promise<Release>;
  /** The same without waiting; null if the request would have to wait. */
  tryAcquire(): Release | null;
  readonly size: { readonly waiting: number; readonly inFlight: number };
  /** Refuses all requests, waiting and new. Idempotent. */
  close(): void;
}

export interface BudgetClaim extends QueueEntry {
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface BudgetOptions {
  /** Null: no limit. */
  readonly rate: RateLimit | null;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
}

/** Idempotent. */
export type Release = () => void;

export class BudgetRefusal extends Error {
  override readonly name = "BudgetRefusal";
  readonly reason: "overflow" | "too-late" | "aborted" | "closed";
  /** When another try may succeed. */
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
      return release === null ? wait(claim) : Promise.resolve(release);
    },

    close() {
      closed = true;
      clearTimeout(wakeUp);
      for (const waiter of queue.clear()) waiter.refuse(new BudgetRefusal("closed", 0));
    },
  };

  function tryAcquire(): Release | null {
    return !closed && queue.size === 0 && takeToken() ? start() : null;
  }

  function wait({ lane, priority, maxWaitMs, signal }: BudgetClaim): Promise<Release> {
    return new Promise((resolve, reject) => {
      const giveUp = (reason: "too-late" | "aborted") => {
        if (queue.remove(waiter)) waiter.refuse(new BudgetRefusal(reason, estimatedWaitMs()));
      };
      const onAbort = () => giveUp("aborted");
      const timer = setTimeout(() => giveUp("too-late"), maxWaitMs);
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
        refuse(refusal) {
          stopWaiting();
          reject(refusal);
        },
      };
      if (!queue.push(waiter)) waiter.refuse(new BudgetRefusal("overflow", estimatedWaitMs()));
      grantAll();
    });
  }

  /** Grants what the limits allow, and sets a timer for the next token. */
  function grantAll(): void {
    clearTimeout(wakeUp);
    while (queue.size > 0 && takeToken()) queue.shift()?.grant();
    // At the limit of requests in flight, the next `release` goes on.
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

  /** For `Retry-After`: how long the queue as it is now needs. */
  function estimatedWaitMs(): number {
    if (rate === null || bucket === null) return MIN_WAIT_MS;
    return Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, untilTokens(bucket, rate, queue.size + 1)));
  }
}

interface Waiter extends QueueEntry {
  grant(): void;
  refuse(refusal: BudgetRefusal): void;
}

const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 60_000;
