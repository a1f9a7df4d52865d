/** Exponential backoff with full jitter: a delay is drawn evenly from zero to a ceiling that doubles. */
export interface RetrySchedule {
  /** Ceiling of the first delay. */
  readonly baseMs: number;
  /** Ceiling that no delay passes. */
  readonly maxMs: number;
}

/**
 * How clients come back to the BFF after a connection that worked. The loss is likely shared by all clients of a restarted
 * server, so even the first try is spread over nine seconds: a second then holds about a ninth of them. It does not grow,
 * so that a visitor whose network is back has every message within ten. `pnpm simulate` shows what follows for a
 * million clients.
 */
export const RECONNECT_SCHEDULE: RetrySchedule = { baseMs: 9_000, maxMs: 9_000 };

/** How the outbox tries a send again. */
export const RESEND_SCHEDULE: RetrySchedule = { baseMs: 1_000, maxMs: 30_000 };

/** How the BFF comes back to the platform. */
export const UPSTREAM_SCHEDULE: RetrySchedule = { baseMs: 500, maxMs: 30_000 };

/**
 * The delay before try number `attempt`.
 *
 * @param attempt 1 for the first retry.
 * @param random evenly drawn from [0, 1); passed in, so that the rule stays pure.
 * @param atLeastMs a wait that the server asked for; the jitter then lies on top of it, so that
 *   clients told the same moment do not come back at the same moment.
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
