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
