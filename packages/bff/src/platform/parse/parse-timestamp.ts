/**
 * Reads a time in any form that JSON APIs use: ISO 8601 (without a zone it is UTC; a blank in place of the T; a
 * trailing `[Europe/Berlin]`), and epoch seconds, milliseconds, microseconds or nanoseconds, as a number or as digits.
 *
 * @returns epoch milliseconds, finer fractions floored, or null. Only 1970 to 9999 count as times.
 */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value === "number") return inRange(fromEpoch(value));
  if (typeof value !== "string" || value.length > 80) return null;
  const text = value.trim();
  const digits = /^(\d{1,19})(?:\.(\d{1,9}))?$/.exec(text);
  if (digits !== null) return inRange(fromDigits(digits[1] ?? "", digits[2] ?? ""));
  return inRange(fromIso(text));
}

/** A time in any form that {@link parseTimestamp} reads, as ISO 8601 in UTC with milliseconds. */
export function toWireTime(value: unknown): string | null {
  const epochMs = parseTimestamp(value);
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

/** The magnitude implies the unit: seconds reach 1e11 in the year 5138, milliseconds reached it in 1973. */
function fromEpoch(epoch: number): number {
  if (epoch < 1e11) return Math.floor(epoch * 1000 + ROUNDING);
  if (epoch < 1e14) return Math.floor(epoch);
  if (epoch < 1e17) return Math.floor(epoch / 1e3);
  return Math.floor(epoch / 1e6);
}

/** Larger than the rounding error of today's seconds in a double (1e-7 s), smaller than a millisecond. */
const ROUNDING = 5e-4;

/** Avoids floating point, in which 1700000000.123 would be 122.99 ms past the second. */
function fromDigits(whole: string, fraction: string): number {
  const epoch = Number(whole);
  if (epoch >= 1e11) return fromEpoch(epoch);
  return epoch * 1000 + Number(fraction.padEnd(3, "0").slice(0, 3));
}

function fromIso(text: string): number {
  const match = ISO.exec(text);
  if (match === null) return Number.NaN;
  const [, date = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const dayMs = Date.parse(date);
  // 30 February is not 2 March.
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(date)) return Number.NaN;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return Number.NaN;
  const minutes = Number(hour) * 60 + Number(minute);
  const fractionMs = Number(fraction.padEnd(3, "0").slice(0, 3));
  return dayMs + minutes * 60_000 + Number(second) * 1_000 + fractionMs - offsetMs(zone);
}

const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?)?$/i;

function offsetMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? "0");
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

function inRange(epochMs: number): number | null {
  return epochMs > 0 && epochMs <= LAST_MS ? epochMs : null;
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
