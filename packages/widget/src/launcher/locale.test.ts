import { describe, expect, it } from "vitest";
import { pickLocale } from "./locale.ts";

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
    [["zh-Hans-HK"], "zh-CN"],
    [["zh-HK"], "zh-TW"],
    [["zh-Hant"], "zh-TW"],
    [["de_AT.UTF-8@euro"], "de"],
    [["iw"], "he"],
    [["x-default", "C", "POSIX", null, 5, "sv"], "sv"],
    [["pt"], "pt"],
    [["pt-AO"], "pt"],
    [[], "en"],
  ])("maps %j to %s", (wanted, locale) => {
    expect(pickLocale(wanted)).toBe(locale);
  });
});
