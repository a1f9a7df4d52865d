import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findClosedTime,
  followClosedTime,
  isWithinHours,
  type OfficeHours,
  parseOfficeHours,
} from "./office-hours.ts";

function hours(text: string, timeZone = "UTC"): OfficeHours {
  const parsed = parseOfficeHours(text, timeZone);
  if (!parsed) throw new Error(`not read: ${text}`);
  return parsed;
}

const at = (iso: string) => Date.parse(iso);

describe("office hours", () => {
  it.each([
    ["2026-01-05T09:00:00Z", true], // a Monday
    ["2026-01-05T08:59:59Z", false],
    ["2026-01-05T16:59:59Z", true],
    ["2026-01-05T17:00:00Z", false],
    ["2026-01-10T12:00:00Z", false], // a Saturday
  ])("Mon-Fri 09:00-17:00 at %s: %s", (iso, open) => {
    expect(isWithinHours(hours("Mon-Fri 09:00-17:00"), at(iso))).toBe(open);
  });

  it("are those of the owner's time zone, summer time included", () => {
    const berlin = hours("Mon-Fri 09:00-17:00", "Europe/Berlin");
    expect(isWithinHours(berlin, at("2026-01-05T08:30:00Z"))).toBe(true);
    expect(isWithinHours(berlin, at("2026-07-06T07:30:00Z"))).toBe(true);
    expect(isWithinHours(berlin, at("2026-01-05T07:30:00Z"))).toBe(false);
  });

  it("may go past midnight and over the week's end", () => {
    const late = hours("Sun 22:00-02:00");
    expect(isWithinHours(late, at("2026-01-04T23:00:00Z"))).toBe(true);
    expect(isWithinHours(late, at("2026-01-05T01:59:00Z"))).toBe(true);
    expect(isWithinHours(late, at("2026-01-06T01:00:00Z"))).toBe(false);
  });

  it("may be several, with day ranges over Sunday", () => {
    const mixed = hours("Sat-Mon 10:00-12:00, daily 20:00-24:00");
    expect(isWithinHours(mixed, at("2026-01-04T11:00:00Z"))).toBe(true);
    expect(isWithinHours(mixed, at("2026-01-06T11:00:00Z"))).toBe(false);
    expect(isWithinHours(mixed, at("2026-01-06T23:59:00Z"))).toBe(true);
  });

  it.each([
    "",
    "Mon",
    "Mon-Fri",
    "Mon-Fri 9-17",
    "Mon-Fri 09:00-25:00",
    "Foo 09:00-17:00",
    "Mon 09:60-10:00",
  ])("refuse %j", (text) => {
    expect(parseOfficeHours(text, "UTC")).toBeUndefined();
  });

  it("refuse an unknown time zone", () => {
    expect(parseOfficeHours("Mon 09:00-17:00", "Mars/Olympus")).toBeUndefined();
  });
});

describe("the closed time", () => {
  it.each([
    ["a weekend", "Mon-Fri 09:00-17:00", "UTC", "2026-01-09T18:00Z", null, "2026-01-12T09:00Z"],
    [
      "a night that is to come",
      "Mon-Fri 09:00-17:00",
      "UTC",
      "2026-01-06T12:00Z",
      "2026-01-06T17:00Z",
      "2026-01-07T09:00Z",
    ],
    ["a lunch", "daily 9:00-12:05, daily 12:50-17:00", "UTC", "2026-01-06T12:05Z", null, "2026-01-06T12:50Z"],
    [
      "no gap at all",
      "Mon 09:00-12:00, Mon 12:00-15:00",
      "UTC",
      "2026-01-05T11:59Z",
      "2026-01-05T15:00Z",
      "2026-01-12T09:00Z",
    ],
    [
      "a day after a night shift",
      "daily 22:00-06:00",
      "UTC",
      "2026-01-06T23:00Z",
      "2026-01-07T06:00Z",
      "2026-01-07T22:00Z",
    ],
    [
      "a weekend in which summer begins",
      "Mon-Fri 09:00-17:00",
      "Europe/Berlin",
      "2026-03-27T16:00Z",
      null,
      "2026-03-30T07:00Z",
    ],
    [
      "a weekend in which summer ends",
      "Mon-Fri 09:00-17:00",
      "America/New_York",
      "2026-10-30T21:00Z",
      null,
      "2026-11-02T14:00Z",
    ],
    [
      "a beginning that the clock leaves out",
      "Sun 02:30-10:00",
      "Europe/Berlin",
      "2026-03-29T00:59Z",
      null,
      "2026-03-29T01:00Z",
    ],
    [
      "half an hour of summer",
      "daily 09:00-17:00",
      "Australia/Lord_Howe",
      "2026-04-04T06:00Z",
      null,
      "2026-04-04T22:30Z",
    ],
    [
      "a zone of three quarters",
      "daily 09:07-17:00",
      "Pacific/Chatham",
      "2026-06-01T10:00Z",
      null,
      "2026-06-01T20:22Z",
    ],
  ])("is %s: %s in %s at %s", (_, text, zone, now, from, until) => {
    expect(findClosedTime(hours(text, zone), at(now))).toEqual({
      fromMs: from === null ? null : at(from),
      untilMs: at(until),
    });
  });

  it("is none if the office never closes", () => {
    expect(findClosedTime(hours("daily 00:00-24:00"), at("2026-01-05T09:00Z"))).toBeNull();
  });

  /** Moments before clocks are changed, in zones that change them by an hour, by half an hour, or never. */
  const CHANGES = [
    "2026-03-29T01:00Z",
    "2026-10-25T01:00Z",
    "2026-03-08T07:00Z",
    "2026-11-01T06:00Z",
    "2026-04-04T15:00Z",
    "2026-10-03T15:30Z",
  ];
  const ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Asia/Kathmandu",
  ];
  const minuteOfDay = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const toTime = (minute: number) => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
  const span = fc
    .tuple(fc.constantFrom("daily", "Mon-Fri", "Sat-Sun", "Sun", "Wed-Mon"), minuteOfDay, minuteOfDay)
    .map(([days, from, to]) => `${days} ${toTime(from)}-${toTime(to)}`);

  it("begins and ends where the minutes say, whatever is done to the clock", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.array(span, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...CHANGES),
        fc.integer({ min: -2 * 24 * 60, max: 60 }),
        (zone, spans, change, offset) => {
          const given = hours(spans.join(", "), zone);
          const nowMs = at(change) + offset * 60_000;
          const found = findClosedTime(given, nowMs);
          if (found === null) return;
          const beginMs = found.fromMs ?? nowMs;
          const open = (fromMs: number, untilMs: number) => {
            const seen = new Set<boolean>();
            for (let ms = fromMs; ms < untilMs; ms += 60_000) seen.add(isWithinHours(given, ms));
            return [...seen];
          };
          expect(open(nowMs, beginMs)).toEqual(found.fromMs === null ? [] : [true]);
          expect(open(beginMs, found.untilMs)).toEqual([false]);
          expect(isWithinHours(given, found.untilMs)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("stays the same until the office opens or closes", () => {
    const closedTimeAt = followClosedTime(hours("Mon-Fri 09:00-17:00"));
    const evening = closedTimeAt(at("2026-01-09T17:00Z"));
    expect(evening).toEqual({ fromMs: null, untilMs: at("2026-01-12T09:00Z") });
    expect(closedTimeAt(at("2026-01-12T08:59:59Z"))).toBe(evening);
    const day = closedTimeAt(at("2026-01-12T09:00Z"));
    expect(day).toEqual({ fromMs: at("2026-01-12T17:00Z"), untilMs: at("2026-01-13T09:00Z") });
    // The system's clock may be set back.
    expect(closedTimeAt(at("2026-01-11T09:00Z"))).toEqual(evening);
  });
});
