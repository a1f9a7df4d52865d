import { expect, it } from "vitest";
import type { Locale } from "./labels.ts";
import { pickRegion } from "./locale.ts";

it.each([
  ["en", ["de-DE", "en-GB", "en-US"], "en-GB"],
  ["en", ["en_US"], "en-US"],
  ["en", ["en-US@posix"], "en-US"],
  ["en", ["C.UTF-8", "", "-", "en-AU"], "en-AU"],
  ["fi", ["fil-PH"], "fi"],
  ["zh-CN", ["zh-TW", "zh-Hans-HK"], "zh-Hans-HK"],
  ["de", [], "de"],
])("picks, for %s and the browser languages %j, the Intl locale %s", (locale, tags, expected) => {
  expect(pickRegion(locale as Locale, tags)).toBe(expected);
  expect(() => new Date(0).toLocaleString(expected)).not.toThrow();
});
