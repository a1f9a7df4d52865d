import { expect, it } from "vitest";
import { formatDay, formatRecent } from "./format-time.ts";

const at = (text: string) => new Date(text).getTime();
const now = at("2026-03-18T15:00:00");

it.each([
  ["2026-03-18T09:05:00", "09:05"],
  ["2026-03-17T23:59:00", "Tue"],
  ["2026-03-12T12:00:00", "Thu"],
  ["2026-03-11T12:00:00", "11 Mar"],
])("shows the activity of %s as %s", (time, text) => {
  expect(formatRecent(at(time), now, "en-GB")).toBe(text);
});

it.each([
  ["2026-03-18T00:00:00", "Today"],
  ["2026-03-17T23:59:00", "Yesterday"],
  ["2026-03-01T12:00:00", "Sunday 1 March"],
  ["2025-12-31T12:00:00", "Wednesday 31 December 2025"],
])("heads the day of %s with %s", (time, text) => {
  // Whether a comma follows the weekday depends on the version of the locale data.
  expect(formatDay(at(time), now, "en-GB").replace(",", "")).toBe(text);
});
