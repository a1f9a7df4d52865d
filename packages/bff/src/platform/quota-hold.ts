export type QuotaHold = ReturnType<typeof createQuotaHold>;

/** If the platform does not say how long to wait. */
const DEFAULT_MS = 1_000;
/** However long the platform says, it is asked again after this time. */
const MAX_MS = 30_000;

/**
 * Remembers that the platform answered 429. Its limits are not published, and one key serves all visitors: until the time
 * that it named has passed, background calls wait, so that the quota is left to visitors who send or wait.
 *
 * @param steadyMs milliseconds from any start; never steps
 */
export function createQuotaHold(steadyMs: () => number) {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    /** The platform answered 429. Null: without `Retry-After`. */
    rateLimited(retryAfterMs: number | null): void {
      untilMs = Math.max(untilMs, steadyMs() + Math.min(MAX_MS, retryAfterMs ?? DEFAULT_MS));
    },
    /** How much longer to wait; 0: not at all. */
    remainingMs: (): number => Math.max(0, untilMs - steadyMs()),
  };
}
