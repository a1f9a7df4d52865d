/** Hours and minutes. */
export function formatClock(time: string): string {
  return new Date(time).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

export function formatDay(time: string): string {
  return new Date(time).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}

/** The time today, else the date. */
export function formatRecent(time: string): string {
  if (formatDay(time) === formatDay(new Date().toISOString())) return formatClock(time);
  return new Date(time).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
