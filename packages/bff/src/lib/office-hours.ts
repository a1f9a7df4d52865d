/** When the owner answers, in the owner's time zone. */
export interface OfficeHours {
  readonly timeZone: string;
  readonly spans: readonly OfficeSpan[];
}

export interface OfficeSpan {
  /** 0 is Monday. */
  readonly days: ReadonlySet<number>;
  readonly fromMinute: number;
  /** Smaller than or equal to `fromMinute` if the span ends on the next day. */
  readonly toMinute: number;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * Parses `Mon-Fri 09:00-17:00`, several spans separated by commas or semicolons: `Mon-Thu 09:00-17:00, Fri 09:00-13:00`.
 * Days are a range (`Sat-Mon` is valid) or `daily`, which can be left out. Undefined: not valid.
 */
export function parseOfficeHours(text: string, timeZone: string): OfficeHours | undefined {
  if (!isTimeZone(timeZone)) return undefined;
  const spans: OfficeSpan[] = [];
  for (const part of text.split(/[,;]/)) {
    const span = parseSpan(part.trim());
    if (!span) return undefined;
    spans.push(span);
  }
  return { timeZone, spans };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function isWithinHours(hours: OfficeHours, nowMs: number): boolean {
  const { day, minute } = wallClock(hours.timeZone, nowMs);
  const dayBefore = (day + 6) % 7;
  return hours.spans.some(({ days, fromMinute, toMinute }) => {
    if (fromMinute < toMinute) return days.has(day) && minute >= fromMinute && minute < toMinute;
    return (days.has(day) && minute >= fromMinute) || (days.has(dayBefore) && minute < toMinute);
  });
}

function parseSpan(text: string): OfficeSpan | undefined {
  const match = /^(?:([a-z]+)(?:\s*-\s*([a-z]+))?\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/i.exec(text);
  if (!match) return undefined;
  const days = parseDays(match[1], match[2]);
  const fromMinute = toMinuteOfDay(match[3], match[4]);
  const toMinute = toMinuteOfDay(match[5], match[6]);
  if (!days || fromMinute === undefined || toMinute === undefined) return undefined;
  return { days, fromMinute, toMinute };
}

function parseDays(first: string | undefined, last: string | undefined): ReadonlySet<number> | undefined {
  if (first === undefined || (first.toLowerCase() === "daily" && last === undefined))
    return new Set(DAYS.keys());
  const from = toDay(first);
  const to = last === undefined ? from : toDay(last);
  if (from < 0 || to < 0) return undefined;
  const days = new Set<number>([from]);
  for (let day = from; day !== to; ) {
    day = (day + 1) % 7;
    days.add(day);
  }
  return days;
}

function toDay(name: string): number {
  return name.length < 3 ? -1 : DAYS.indexOf(name.slice(0, 3).toLowerCase());
}

function toMinuteOfDay(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= 24 * 60 ? minutes : undefined;
}

function wallClock(timeZone: string, nowMs: number): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(nowMs);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return { day: toDay(part("weekday")), minute: Number(part("hour")) * 60 + Number(part("minute")) };
}
