const DAY_MS = 24 * 60 * 60_000;

/** "14:05", in the visitor's way of writing it. */
export function formatTime(locale: string, epochMs: number): string {
  return new Date(epochMs).toLocaleString(locale, { timeStyle: "short" });
}

/** "today", "yesterday", else the date. */
export function formatDay(locale: string, epochMs: number, nowMs: number): string {
  // Rounded: a day has 23 or 25 hours where the clock changes.
  const days = Math.round((startOfDay(epochMs) - startOfDay(nowMs)) / DAY_MS);
  return days === 0 || days === -1
    ? new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")
    : new Date(epochMs).toLocaleString(locale, { dateStyle: "long" });
}

/** Midnight before it, where the visitor is. */
export function startOfDay(epochMs: number): number {
  return new Date(epochMs).setHours(0, 0, 0, 0);
}
