import { startOfDay } from "../chat/layout-history.ts";

const DAY_MS = 24 * 60 * 60_000;

/** "today", "yesterday", a weekday within a week, else the date. */
export function formatDay(locale: string, epochMs: number, nowMs: number): string {
  // Rounded: a day has 23 or 25 hours where the clock changes.
  const daysAgo = Math.round((startOfDay(nowMs) - startOfDay(epochMs)) / DAY_MS);
  if (daysAgo === 0 || daysAgo === 1)
    return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-daysAgo, "day");
  return new Date(epochMs).toLocaleString(
    locale,
    daysAgo > 0 && daysAgo < 7 ? { weekday: "long" } : { dateStyle: "long" },
  );
}
