import { describe, expect, it } from "vitest";
import { checkContent, isVisible, normaliseContent } from "./content.ts";

describe("message text", () => {
  it("[CONTENT-1] has LF newlines and no outer blanks, and keeps everything inside", () => {
    expect(normaliseContent("  a  b\r\n\r\nc\rd \n")).toBe("a  b\n\nc\nd");
  });

  it("counts UTF-16 units after trimming", () => {
    expect(checkContent(` ${"x".repeat(4000)} `)).toEqual({ ok: true, content: "x".repeat(4000) });
    expect(checkContent("x".repeat(4001))).toEqual({ ok: false, fault: "too-long" });
    expect(checkContent("😀".repeat(2001))).toEqual({ ok: false, fault: "too-long" });
  });

  it("is refused when nothing but blanks is left", () => {
    expect(checkContent(" \r\n\t")).toEqual({ ok: false, fault: "empty" });
  });

  it.each([
    ["a zero-width space", "\u200b", false],
    ["a braille blank", "\u2800", false],
    ["tag characters", "\u{e0041}\u{e007f}", false],
    ["a Hangul filler and a soft hyphen", "\u3164 \u00ad", false],
    ["a letter among them", "\u200ba\u200b", true],
    ["an emoji", "👩‍👩‍👧", true],
    ["one Arabic letter", "ع", true],
  ])("says whether there is anything to see in %s", (_what, text, expected) => {
    expect(isVisible(text)).toBe(expected);
  });

  it("[CONTENT-2] keeps paired surrogates and refuses lone ones and NUL", () => {
    expect(checkContent("👩‍👩‍👧 ok")).toEqual({ ok: true, content: "👩‍👩‍👧 ok" });
    for (const text of ["a\ud83d", "\ude00b", "a\ud83da", "a\0b"]) {
      expect(checkContent(text)).toEqual({ ok: false, fault: "forbidden-character" });
    }
  });
});
