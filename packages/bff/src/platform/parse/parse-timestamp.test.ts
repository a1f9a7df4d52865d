import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTimestamp } from "./parse-timestamp.ts";

const MOMENT = Date.UTC(2026, 2, 4, 5, 6, 7, 89);

describe("a time", () => {
  it.each([
    ["ISO with a Z", "2026-03-04T05:06:07.089Z", MOMENT],
    ["ISO with an offset", "2026-03-04T07:06:07.089+02:00", MOMENT],
    ["ISO with a short offset", "2026-03-04T03:36:07.089-0130", MOMENT],
    ["ISO with an offset of hours", "2026-03-04T06:06:07.089+01", MOMENT],
    ["ISO with a named zone", "2026-03-04T06:06:07.089+01:00[Europe/Berlin]", MOMENT],
    ["ISO without a zone, which is UTC", "2026-03-04T05:06:07.089", MOMENT],
    ["a blank in place of the T", "2026-03-04 05:06:07.089", MOMENT],
    ["a zone in words", "2026-03-04 05:06:07.089 UTC", MOMENT],
    ["a comma before the fraction", "2026-03-04T05:06:07,089Z", MOMENT],
    ["microseconds, floored", "2026-03-04T05:06:07.089999Z", MOMENT],
    ["nanoseconds, floored", "2026-03-04T05:06:07.089999999Z", MOMENT],
    ["one digit of a fraction", "2026-03-04T05:06:07.1Z", MOMENT + 11],
    ["no seconds", "2026-03-04T05:06Z", MOMENT - 7_089],
    ["a date alone", "2026-03-04", Date.UTC(2026, 2, 4)],
    ["epoch milliseconds", MOMENT, MOMENT],
    ["epoch milliseconds with a fraction, floored", MOMENT + 0.9, MOMENT],
    ["epoch milliseconds as digits", String(MOMENT), MOMENT],
    ["epoch seconds", Math.floor(MOMENT / 1000), MOMENT - 89],
    ["epoch seconds with a fraction", MOMENT / 1000, MOMENT],
    ["epoch seconds as digits with a fraction", `${Math.floor(MOMENT / 1000)}.089999`, MOMENT],
    ["epoch microseconds", MOMENT * 1000 + 999, MOMENT],
    ["epoch nanoseconds", `${MOMENT}999999`, MOMENT],
  ])("is read from %s", (_name, value, expected) => {
    expect(parseTimestamp(value)).toBe(expected);
  });

  it.each([
    ["an empty text", ""],
    ["a word", "yesterday"],
    ["30 February", "2026-02-30T00:00:00Z"],
    ["hour 24 and more", "2026-03-04T25:00:00Z"],
    ["year 10000", "10000-01-01T00:00:00Z"],
    ["before 1970", "1969-12-31T23:59:59Z"],
    ["zero", 0],
    ["a negative number", -1],
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a time beyond 9999", 1e23],
    ["null", null],
    ["an object", {}],
    ["a boolean", true],
    ["a very long text", `2026-03-04T05:06:07.089Z${" ".repeat(100_000)}`],
  ])("is not read from %s", (_name, value) => {
    expect(parseTimestamp(value)).toBeNull();
  });

  it("is exact to the millisecond in every form", () => {
    // Epoch milliseconds before 1973 look like seconds: nobody chatted then.
    const moments = fc.integer({ min: Date.UTC(1974, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(moments, (ms) => {
        const iso = new Date(ms).toISOString();
        for (const form of [
          iso,
          iso.slice(0, -1),
          ms,
          String(ms),
          ms / 1000,
          (ms / 1000).toFixed(6),
          ms * 1000,
        ]) {
          expect(parseTimestamp(form)).toBe(ms);
        }
      }),
    );
  });
});

describe("a time as the wire has it", () => {
  it("needs no reading, since reading and writing it makes no difference", () => {
    const moments = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(3000, 0) - 1 });
    fc.assert(
      fc.property(moments, (ms) => {
        const iso = new Date(ms).toISOString();
        expect(parseTimestamp(iso)).toBe(ms);
      }),
    );
  });
});
