import { describe, expect, it } from "vitest";
import { SHIPPED_LOCALES } from "../launcher/labels.ts";
import { formatBack } from "./away.ts";

/** In this machine's time zone, which the tests use as the visitor's. */
const at = (text: string) => new Date(text).getTime();
const iso = (text: string) => new Date(text).toISOString();
const NOW = at("2026-03-27T18:00:00");

describe("formatBack", () => {
  it.each([
    ["en-GB", "2026-03-27T20:05:00", "back today 20:05"],
    ["en-GB", "2026-03-28T00:00:00", "back tomorrow 00:00"],
    // The clock changes in between, in some time zones.
    ["en-GB", "2026-03-30T09:00:00", "back Monday 09:00"],
    ["en-GB", "2026-04-02T09:00:00", "back Thursday 09:00"],
    ["en-GB", "2026-04-03T09:00:00", "back 3 April at 9:00"],
    ["en-US", "2026-03-30T09:00:00", "back Monday 9:00 AM"],
    ["de", "2026-03-28T09:00:00", "back morgen, 09:00"],
    ["ja", "2026-03-28T09:00:00", "back 9:00 (明日)"],
    ["ar", "2026-03-30T09:00:00", "back الاثنين 9:00 ص"],
  ])("formats for locale %s the time %s as %j", (locale, backAt, text) => {
    const back = formatBack({ backAt: iso(backAt) }, "back {when}", locale, NOW);
    expect(back.replace(/\s/g, " ").replace(/ at (?=\d+:\d+$)/, " at ")).toBe(text);
  });

  it.each([
    ["a time that has passed", { backAt: iso("2026-03-27T18:00:00") }],
    [
      "an office that is still open",
      { from: iso("2026-03-27T18:00:01"), backAt: iso("2026-03-30T09:00:00") },
    ],
    ["no time", { backAt: null }],
    ["what is no time", { backAt: "Monday" }],
  ])("is empty for %s", (_, away) => {
    expect(formatBack(away, "back {when}", "en", NOW)).toBe("");
  });

  it("formats the day and time in every language", () => {
    for (const locale of SHIPPED_LOCALES)
      expect(formatBack({ backAt: iso("2026-03-28T09:00:00") }, "{when}", locale, NOW)).toMatch(
        /\p{N}.*\p{L}|\p{L}.*\p{N}/u,
      );
  });
});
