/** When the owner answers, in the owner's time zone. */
export interface OfficeHours {
  readonly spans: readonly OfficeSpan[];
  /** Formats weekday, hour and minute in the time zone. Created once, because creation is slow. */
  readonly format: Intl.DateTimeFormat;
}

interface OfficeSpan {
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
  return { spans, format: createFormat(timeZone) };
}

export function isTimeZone(name: string): boolean {
  try {
    createFormat(name);
    return true;
  } catch {
    return false;
  }
}

export function isWithinHours(hours: OfficeHours, nowMs: number): boolean {
  const { day, minute } = wallClock(hours, nowMs);
  const dayBefore = (day + 6) % 7;
  return hours.spans.some(({ days, fromMinute, toMinute }) => {
    if (fromMinute < toMinute) return days.has(day) && minute >= fromMinute && minute < toMinute;
    return (days.has(day) && minute >= fromMinute) || (days.has(dayBefore) && minute < toMinute);
  });
}

/** A time outside of the office hours. */
export interface ClosedTime {
  /** When it begins; null: it has begun. */
  readonly fromMs: number | null;
  readonly untilMs: number;
}

/**
 * The current closed time, or else the next one. Null if there is none in the next two weeks: the office is always open, or,
 * if a clock change skips every span, almost never.
 */
export function findClosedTime(hours: OfficeHours, nowMs: number): ClosedTime | null {
  const fromMs = isWithinHours(hours, nowMs) ? findChange(hours, nowMs) : null;
  const untilMs = findChange(hours, fromMs ?? nowMs);
  return untilMs === null ? null : { fromMs, untilMs };
}

/** `findClosedTime` with a cache, which is valid until the office opens or closes. */
export function followClosedTime(hours: OfficeHours): (nowMs: number) => ClosedTime | null {
  let known = { sinceMs: 0, untilMs: 0, closedTime: null as ClosedTime | null };
  return (nowMs) => {
    if (nowMs < known.sinceMs || nowMs >= known.untilMs) {
      const closedTime = findClosedTime(hours, nowMs);
      const untilMs = closedTime?.fromMs ?? closedTime?.untilMs ?? nowMs + HORIZON_MS / 2;
      known = { sinceMs: nowMs, untilMs, closedTime };
    }
    return known.closedTime;
  };
}

const MINUTE_MS = 60_000;
const HORIZON_MS = 14 * 24 * 60 * MINUTE_MS;
/** Clock changes happen at full quarters of an hour in UTC. Between them, local time is continuous. */
const QUARTER_MINUTES = 15;

/** The next moment at which the office opens or closes. */
function findChange(hours: OfficeHours, nowMs: number): number | null {
  const isOpen = isWithinHours(hours, nowMs);
  const boundaries = hours.spans.flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute]);
  let minutes = Math.floor(nowMs / MINUTE_MS);
  while (minutes * MINUTE_MS < nowMs + HORIZON_MS) {
    const { minute } = wallClock(hours, minutes * MINUTE_MS);
    const toQuarter = QUARTER_MINUTES - (minutes % QUARTER_MINUTES);
    const toBoundaries = boundaries.map((boundary) => boundary - minute).filter((distance) => distance > 0);
    minutes += Math.min(toQuarter, ...toBoundaries);
    if (isWithinHours(hours, minutes * MINUTE_MS) !== isOpen) return minutes * MINUTE_MS;
  }
  return null;
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

function createFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

function wallClock({ format }: OfficeHours, nowMs: number): { day: number; minute: number } {
  const parts = format.formatToParts(nowMs);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return { day: toDay(part("weekday")), minute: Number(part("hour")) * 60 + Number(part("minute")) };
}
