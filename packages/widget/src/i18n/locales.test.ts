import { describe, expect, it } from "vitest";
import { type Locale, launcherLabel, SHIPPED_LOCALES } from "../launcher/labels.ts";
import { en } from "./en.ts";
import { loadLocale } from "./load-locale.ts";
import type { PluralForms, Strings } from "./strings.ts";

const others = SHIPPED_LOCALES.filter((locale): locale is Exclude<Locale, "en"> => locale !== "en");

/** Every text in all of its plural forms. */
const toForms = (strings: Strings | null) =>
  Object.values<string | PluralForms>({ ...strings }).flatMap((text) =>
    typeof text === "string" ? [text] : Object.values<string>(text),
  );

describe("locales", () => {
  it("consist of thirty-four distinct tags", () => {
    expect(new Set(SHIPPED_LOCALES).size).toBe(34);
    expect(SHIPPED_LOCALES.length).toBe(34);
  });

  it("exclude English, which is part of the core", async () => {
    expect(await loadLocale("en")).toBeNull();
    expect(launcherLabel("en")).toBe(en.openChat);
  });

  it.each(others)("%s has every text and no unknown one", async (locale) => {
    const strings = await loadLocale(locale);
    expect(Object.keys(strings ?? {}).sort()).toEqual(Object.keys(en).sort());
    for (const text of toForms(strings)) expect(text).toMatch(/^\S(.*\S)?$/);
  });

  it.each(others)("%s has the same launcher label as the loader", async (locale) => {
    expect((await loadLocale(locale))?.openChat).toBe(launcherLabel(locale));
  });

  it.each(others)("%s has a form for each of its plural categories", async (locale) => {
    const forms = (await loadLocale(locale))?.openUnread ?? { other: "" };
    const rules = new Intl.PluralRules(locale);
    const needed = new Set(Array.from({ length: 200 }, (_, count) => rules.select(count + 1)));
    expect(Object.keys(forms)).toEqual(expect.arrayContaining([...needed]));
    // Arabic and Hebrew write one and two as words.
    for (const count of [5, 21, 100]) expect(forms[rules.select(count)]).toContain("{n}");
  });

  it.each([
    ["fr", /(^|[^\u202f])[!?:;]/],
    ["ar", /[,;?]/],
    ["fa", /[,;?]/],
    ["ur", /[,;?.]/],
    ["zh-CN", /[,:;!?.]/],
    ["zh-TW", /[,:;!?.]/],
    ["ja", /[,:;!?.]/],
  ] as const)("%s has the punctuation and the spaces of its language", async (locale, wrong) => {
    expect(toForms(await loadLocale(locale)).filter((text) => wrong.test(text))).toEqual([]);
  });

  it.each(others)("%s keeps the placeholder of each number", async (locale) => {
    const strings = await loadLocale(locale);
    for (const key of ["charactersLeft", "tooLong"] as const) expect(strings?.[key]).toContain("{n}");
    expect(strings?.back).toContain("{when}");
  });
});
