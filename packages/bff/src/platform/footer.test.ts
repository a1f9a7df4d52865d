import { CONTENT_MAX_UNITS, CONTEXT_MAX_UNITS, normaliseContent } from "@mailoo-chat/protocol";
import { encodeHTML, escapeUTF8 } from "entities";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FooterEntry, withFooter, withoutFooter } from "./footer.ts";

const ENTRIES = [
  { label: "Page", value: "/pricing" },
  { label: "Plan", value: "pro" },
];

/** What the platform may do with a text, and the BFF's own reading of it. */
const TRANSFORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.normalize("NFC"),
  (text) => `\n ${text}\n`,
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("\n\n", "\n"),
  escapeUTF8,
  (text) => encodeHTML(text.normalize("NFC")),
  (text) => escapeUTF8(text).replaceAll("\n", "&#10;"),
];

const value = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom("a & b", "&amp;", "cafe\u0301", "&lt\u037e", "&#10;", "a &NewLine; b"),
  )
  .map((text) => text.replace(/[\s\p{C}]+/gu, " ").trim());
const entries: fc.Arbitrary<readonly FooterEntry[]> = fc.array(
  fc.record({ label: fc.constantFrom("Page", "Plan"), value }),
  {
    maxLength: 12,
  },
);
/** Texts of visitors, among them such as end like a footer: one that they have copied, cut, or made themselves. */
const content = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1 }),
    fc.record({ text: fc.string(), entries }).map(({ text, entries }) => withFooter(text, entries)),
    fc
      .record({ text: fc.string(), entries })
      .map(({ text, entries }) => withFooter(withFooter(text, entries), entries)),
    entries.map((copied) => withFooter("", copied)),
    entries.map((copied) => escapeUTF8(withFooter("Hi", copied))),
  )
  .map((text) => normaliseContent(text))
  .filter((text) => text !== "" && text.length <= CONTENT_MAX_UNITS);

describe("a footer", () => {
  it("is one short line for the owner", () => {
    // Whole, because releases must read what others have written.
    expect(withFooter("Where is my parcel?", ENTRIES)).toBe(
      "Where is my parcel?\n\n— Page: /pricing · Plan: pro (context da896df9)",
    );
    expect(withFooter("Where is my parcel?", [])).toBe("Where is my parcel?");
  });

  it("is removed as it was written, whatever the visitor wrote and however the platform shows it", () => {
    fc.assert(
      fc.property(content, entries, fc.constantFrom(...TRANSFORMS), (text, told, transform) => {
        const shown = normaliseContent(transform(withFooter(text, told)));
        expect(withoutFooter(shown)).toBe(normaliseContent(transform(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it("is shortened or left out if the message would become longer than any message", () => {
    const many = Array.from({ length: 20 }, (_, index) => ({
      label: `Key ${index}`,
      value: "x".repeat(100),
    }));
    expect(withFooter("Hi", many).length).toBeLessThanOrEqual(2 + CONTEXT_MAX_UNITS);
    expect(withFooter("Hi", many)).toContain("Key 2");
    const long = "x".repeat(CONTENT_MAX_UNITS - 45);
    expect(withFooter(long, ENTRIES)).toContain("Page: /pricing (context");
    expect(withFooter("x".repeat(CONTENT_MAX_UNITS), ENTRIES)).toHaveLength(CONTENT_MAX_UNITS);
  });
});
