import { startOfDay } from "../chat/layout-history.ts";

const DAY_MS = 24 * 60 * 60_000;

/** "today", "yesterday", else the date. */
export function formatDay(locale: string, epochMs: number, nowMs: number): string {
  // Rounded: a day has 23 or 25 hours where the clock changes.
  const days = Math.round((startOfDay(epochMs) - startOfDay(nowMs)) / DAY_MS);
  return days === 0 || days === -1
    ? new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")
    : new Date(epochMs).toLocaleString(locale, { dateStyle: "long" });
}
