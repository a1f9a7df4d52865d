/** Exponential backoff with full jitter: a delay is drawn evenly from zero to a ceiling that doubles. */
export interface RetrySchedule {
  /** Ceiling of the first delay. */
  readonly baseMs: number;
  /** Ceiling that no delay passes. */
  readonly maxMs: number;
}

/**
 * How clients reconnect to the BFF after a connection that worked. Probably all clients of a restarted server reconnect,
 * so even the first attempt is spread over nine seconds: about a ninth of them in each second. The delay does not grow,
 * so that a visitor whose network is back has every message within ten. `pnpm simulate` shows the effect for a
 * million clients.
 */
export const RECONNECT_SCHEDULE: RetrySchedule = { baseMs: 9_000, maxMs: 9_000 };

/** How the outbox retries a send. */
export const RESEND_SCHEDULE: RetrySchedule = { baseMs: 1_000, maxMs: 30_000 };

/** How the BFF reconnects to the platform. */
export const UPSTREAM_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 30_000 };

/**
 * The delay before try number `attempt`.
 *
 * @param attempt 1 for the first retry.
 * @param random uniform in [0, 1); passed in, so that the function stays pure.
 * @param atLeastMs a delay that the server requested; the jitter is added to it, so that
 *   clients with the same delay do not retry at the same moment.
 */
export function retryDelayMs(
  schedule: RetrySchedule,
  attempt: number,
  random: number,
  atLeastMs = 0,
): number {
  const ceilingMs = Math.min(schedule.maxMs, schedule.baseMs * 2 ** (attempt - 1));
  return Math.round(atLeastMs + random * ceilingMs);
}
