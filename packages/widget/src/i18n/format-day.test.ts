import { describe, expect, it } from "vitest";
import { formatDay } from "./format-day.ts";

const at = (text: string) => new Date(text).getTime();

describe("formatDay", () => {
  const now = at("2026-03-30T00:30:00");

  it.each([
    ["2026-03-30T23:59:00", "today"],
    ["2026-03-29T00:00:00", "yesterday"],
    ["2026-03-28T23:59:00", "Saturday"],
    ["2026-03-24T00:00:00", "Tuesday"],
    ["2026-03-23T23:59:00", "March 23, 2026"],
    // The server's clock is ahead of the visitor's.
    ["2026-03-31T08:00:00", "March 31, 2026"],
  ])("formats %s as %s", (day, name) => {
    expect(formatDay("en", at(day), now)).toBe(name);
  });

  it("uses the locale's language", () => {
    expect(formatDay("de", now, now)).toBe("heute");
  });
});
