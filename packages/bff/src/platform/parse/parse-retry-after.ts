/**
 * Reads a `Retry-After` header, seconds or an HTTP date.
 *
 * @returns milliseconds from now, at most `RETRY_AFTER_MAX_MS`, or null where there is none that makes sense.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(RETRY_AFTER_MAX_MS, Math.ceil(Number(text) * 1000));
  // Only a date with letters in it: Date.parse takes almost any digits for a year.
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) return null;
  return Math.min(RETRY_AFTER_MAX_MS, Math.max(0, atMs - nowMs));
}

/** Nobody is kept away for longer, whatever the platform says. */
export const RETRY_AFTER_MAX_MS = 5 * 60_000;
