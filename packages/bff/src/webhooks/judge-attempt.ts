/** How an attempt to deliver a webhook has ended. */
export type AttemptResult =
  | { readonly kind: "answered"; readonly status: number; readonly retryAfter: string | null }
  /** No answer, or none in time. */
  | { readonly kind: "failed"; readonly cause: string };

export type AttemptVerdict =
  | { readonly name: "delivered" }
  /** `askedMs`: how long the receiver asks to wait; 0: it does not. */
  | { readonly name: "retry"; readonly askedMs: number }
  /** This webhook will never be accepted. */
  | { readonly name: "refused" }
  /** The receiver wants no webhooks at all. */
  | { readonly name: "gone" };

/** What follows from an attempt. Redirects are not followed, so they are refusals. */
export function judgeAttempt(result: AttemptResult, epochMs: number): AttemptVerdict {
  if (result.kind === "failed") return { name: "retry", askedMs: 0 };
  const { status, retryAfter } = result;
  if (status >= 200 && status < 300) return { name: "delivered" };
  if (status === 410) return { name: "gone" };
  if (status < 500 && !RETRIED.has(status)) return { name: "refused" };
  return { name: "retry", askedMs: Math.min(parseRetryAfter(retryAfter, epochMs), RETRY_AFTER_MAX_MS) };
}

/** Besides errors of the server: request timeout, too early, too many requests. */
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);
const RETRY_AFTER_MAX_MS = 60 * 60_000;

/** Seconds or an HTTP date; 0: neither. */
function parseRetryAfter(value: string | null, epochMs: number): number {
  if (value === null) return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  // HTTP dates begin with the day of the week. `Date.parse` also takes -2030 for a year.
  const dateMs = /^[A-Z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - epochMs);
}

const FIRST_PAUSE_MS = 1_000;

/**
 * The pause after a number of failures: it doubles with each, and jitter takes up to half of it.
 *
 * @param random uniform in [0, 1)
 */
export function toPauseMs(failures: number, maxMs: number, random: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), maxMs) * (1 - random / 2);
}
