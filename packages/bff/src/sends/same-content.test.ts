import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameContent } from "./search.ts";

describe("isSameContent", () => {
  it.each([
    ["as it was sent", "hello", "hello"],
    ["trimmed, with CRLF", " a\r\nb\n", "a\nb"],
    ["composed", "caf\u00e9", "cafe\u0301"],
    ["escaped by name", "&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos;", "<b> & \"x\" 'y'"],
    ["escaped by number", "it&#39;s &#x2F; 5&#8364;", "it's / 5€"],
    ["escaped, where the text itself is an entity", "&amp;amp;", "&amp;"],
    ["not escaped, where the text itself is an entity", "&amp;", "&amp;"],
    ["escaped as PHP does", "&eacute;&nbsp;x", "é\u00a0x"],
  ])("recognises a text %s", (_how, listed, sent) => {
    expect(isSameContent(listed, sent)).toBe(true);
  });

  it.each([
    ["ok", "ok."],
    ["OK", "ok"],
    ["a b", "a  b"],
    ["&amp;amp;", "&"],
    ["5 &copy 6", "5 © 6"],
    ["", "x"],
  ])("tells %j from %j", (listed, sent) => {
    expect(isSameContent(listed, sent)).toBe(false);
  });

  it("recognises the output of common HTML escapers", () => {
    const escapeHtml = (text: string) =>
      text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#039;");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(isSameContent(text, text)).toBe(true);
        expect(isSameContent(escapeHtml(text), text)).toBe(true);
      }),
    );
  });
});
