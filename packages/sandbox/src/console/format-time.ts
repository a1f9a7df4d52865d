const DAY_MS = 86_400_000;

/** For a list: the time today, the weekday within a week, else the date. */
export function formatRecent(timeMs: number, nowMs: number, locale?: string): string {
  const ageInDays = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / DAY_MS);
  if (ageInDays <= 0) return formatClock(timeMs, locale);
  const options: Intl.DateTimeFormatOptions =
    ageInDays < 7 ? { weekday: "short" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(locale, options).format(timeMs);
}

/** Hours and minutes. */
export function formatClock(timeMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(timeMs);
}

/** For a line between two days. */
export function formatDay(timeMs: number, nowMs: number, locale?: string): string {
  const ageInDays = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / DAY_MS);
  if (ageInDays === 0 || ageInDays === 1) {
    const text = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-ageInDays, "day");
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  }
  const sameYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(timeMs);
}

/** Midnight of the day, on this machine's clock. */
export function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}
