import type { ChatMessage } from "@mailoo-chat/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameContent, rankCandidates, type Sought } from "./search.ts";

const AT_MS = Date.parse("2026-05-01T12:00:00Z");

function listed(
  id: string,
  content: string,
  atS: number,
  author: ChatMessage["author"] = "visitor",
): ChatMessage {
  return { id, author, content, createdAt: new Date(AT_MS + atS * 1000).toISOString() };
}

const HISTORY = [
  listed("m1", "ok", 0),
  listed("m2", "hello", 10),
  listed("m3", "ok", 20, "owner"),
  listed("m4", "ok", 30),
  listed("m5", "ok", 40),
];

function rank(overrides: Partial<Sought> = {}): readonly string[] {
  const sought: Sought = {
    content: "ok",
    after: null,
    notBeforeMs: null,
    lateFromMs: null,
    match: "same-content",
    ...overrides,
  };
  return rankCandidates(HISTORY, sought).map(({ id }) => id);
}

describe("rankCandidates", () => {
  it("lists the visitor's messages with the same text, in the order of the history", () => {
    expect(rank()).toEqual(["m1", "m4", "m5"]);
    expect(rank({ content: "nothing like it" })).toEqual([]);
  });

  it("lists nothing before the message that it came after", () => {
    expect(rank({ after: "m1" })).toEqual(["m4", "m5"]);
    expect(rank({ after: "m4" })).toEqual(["m5"]);
    expect(rank({ after: "m5" })).toEqual([]);
  });

  it("uses the time of a deleted message, or only the last message if even that is unknown", () => {
    expect(rank({ after: "unknown" })).toEqual(["m5"]);
    expect(rank({ after: "unknown", content: "hello" })).toEqual([]);
    expect(rank({ after: "unknown", notBeforeMs: AT_MS + 35_000 })).toEqual(["m5"]);
    expect(rank({ after: "m4", notBeforeMs: AT_MS + 60_000 })).toEqual(["m5"]);
  });

  it("lists late messages last, and only if the records are complete", () => {
    const lateFromMs = AT_MS + 5_000;
    expect(rank({ after: "m4", lateFromMs })).toEqual(["m5"]);
    expect(rank({ after: "m5", lateFromMs })).toEqual(["m4"]);
    expect(rank({ after: "m2", lateFromMs: AT_MS })).toEqual(["m4", "m5", "m1"]);
    expect(rank({ after: "unknown", notBeforeMs: AT_MS + 35_000, lateFromMs })).toEqual(["m5"]);
  });

  it("lists any messages of the visitor, newest first, if the text may be changed", () => {
    expect(rank({ content: "changed", match: "any" })).toEqual(["m5", "m4", "m2", "m1"]);
    expect(rank({ content: "hello", match: "any" })).toEqual(["m2", "m5", "m4", "m1"]);
    expect(rank({ content: "changed", match: "any", after: "m2" })).toEqual(["m5", "m4"]);
  });
});

describe("isSameContent", () => {
  it.each([
    ["as it was sent", "hello", "hello"],
    ["trimmed, with CRLF", " a\r\nb\n", "a\nb"],
    ["composed", "caf\u00e9", "cafe\u0301"],
    ["escaped by name", "&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos;", "<b> & \"x\" 'y'"],
    ["escaped by number", "it&#39;s &#x2F; 5&#8364;", "it's / 5€"],
    ["escaped, although the text is an entity", "&amp;amp;", "&amp;"],
    ["not escaped, and the text is an entity", "&amp;", "&amp;"],
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
