import { describe, expect, it } from "vitest";
import { isWithinHours, type OfficeHours, parseOfficeHours } from "./office-hours.ts";

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
