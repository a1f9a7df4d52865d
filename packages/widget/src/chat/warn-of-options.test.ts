import { expect, it, vi } from "vitest";
import type { ChatWidgetOptions } from "../api/options.ts";
import { pickLocale } from "../launcher/locale.ts";
import { warnOfOptions } from "./warn-of-options.ts";

const options = {
  bff: "https://chat.example.com",
  position: "top",
  theme: "auto",
  // A template may leave it empty.
  title: undefined,
  acent: "#f00",
  colour: "#f00",
  zindex: "7",
  startOpne: "",
  teaserDelayMss: "1",
  them: "dark",
  turboTrack: "reload",
  cfBeacon: "{}",
  id: "1",
  src: "x",
};

it("warns about invalid values and misspelt names, and ignores unrelated attributes", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  warnOfOptions(options as unknown as ChatWidgetOptions, pickLocale);
  await Promise.resolve();
  const names = warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1]);
  expect(names).toEqual(["position", "acent", "zindex", "startOpne", "teaserDelayMss", "them"]);
  warned.mockRestore();
});

it.each([
  ["xx", 1],
  ["german", 1],
  ["en_US@posix", 0],
  ["auto", 0],
  ["no", 0],
  ["pt_BR", 0],
  ["zh-Hant-HK", 0],
])("for locale %s, warns %i times", async (locale, times) => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  warnOfOptions({ locale }, pickLocale);
  await Promise.resolve();
  expect(warned).toHaveBeenCalledTimes(times);
  warned.mockRestore();
});

/** Typed so that the compiler reports an option that is missing here. */
const EVERY_OPTION: Record<keyof ChatWidgetOptions, true> = {
  bff: true,
  locale: true,
  title: true,
  accent: true,
  position: true,
  theme: true,
  subtitle: true,
  avatar: true,
  radius: true,
  zIndex: true,
  offsetX: true,
  offsetY: true,
  mode: true,
  target: true,
  launcher: true,
  hideOn: true,
  away: true,
  startOpen: true,
  greetings: true,
  teaser: true,
  teaserDelayMs: true,
  suggestions: true,
  formatting: true,
  sound: true,
  strings: true,
  context: true,
};

it("knows every option", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  const misspelt = Object.keys(EVERY_OPTION).map((name) => `${name}x`);
  warnOfOptions(Object.fromEntries(misspelt.map((name) => [name, "1"])) as ChatWidgetOptions, pickLocale);
  await Promise.resolve();
  const names = warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1]);
  expect(names).toEqual(misspelt);
  warned.mockRestore();
});
