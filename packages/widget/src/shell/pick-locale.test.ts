import { describe, expect, it } from "vitest";
import { pickLocale } from "./pick-locale.ts";

describe("pickLocale", () => {
  it.each([
    [["de"], "de"],
    [["de-AT"], "de"],
    [["DE_ch"], "de"],
    [["pt-PT"], "pt"],
    [["pt-br"], "pt-BR"],
    [["zh-Hant-HK"], "zh-TW"],
    [["zh-HK"], "zh-TW"],
    [["zh-Hans-HK"], "zh-CN"],
    [["zh"], "zh-CN"],
    [["zh-SG"], "zh-CN"],
    [["no"], "nb"],
    [["nn-NO"], "nb"],
    [["fil-PH"], "en"],
    [["tlh", "fr-CA"], "fr"],
    [[undefined, "", "ja"], "ja"],
    [["constructor"], "en"],
    [["(", "*", "|", "\\"], "en"],
    [[], "en"],
  ])("takes %j as %s", (wanted, locale) => {
    expect(pickLocale(wanted)).toBe(locale);
  });
});
