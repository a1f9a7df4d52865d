import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { findOwnMessage, type Sought } from "./find-own-message.ts";

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

function find(overrides: Partial<Sought> & { taken?: Record<string, string> } = {}): string | null {
  const { taken = {}, ...sought } = overrides;
  const claims = new Map(
    Object.entries(taken).map(([id, clientMessageId]) => [id, { clientMessageId, createdAt: "" }]),
  );
  const found = findOwnMessage(HISTORY, {
    clientMessageId: "c1",
    content: "ok",
    after: null,
    notBeforeMs: null,
    lateFromMs: null,
    claims,
    match: "same-content",
    ...sought,
  });
  return found?.id ?? null;
}

describe("findOwnMessage", () => {
  it("takes the visitor's first message that says the same", () => {
    expect(find()).toBe("m1");
    expect(find({ content: "nothing like it" })).toBeNull();
  });

  it("takes none that stands before the one it came after, and none of the owner's", () => {
    expect(find({ after: "m1" })).toBe("m4");
    expect(find({ after: "m4" })).toBe("m5");
    expect(find({ after: "m5" })).toBeNull();
  });

  it("takes none that is on record for another send", () => {
    expect(find({ after: "m1", taken: { m4: "c0" } })).toBe("m5");
    expect(find({ after: "m1", taken: { m4: "c0", m5: "c2" } })).toBeNull();
  });

  it("takes the one that is on record for this very send, whatever it says there", () => {
    expect(find({ after: "m1", taken: { m5: "c1" } })).toBe("m5");
    expect(find({ content: "changed", taken: { m2: "c1" } })).toBe("m2");
  });

  it("goes by time where there is no message to go by", () => {
    expect(find({ notBeforeMs: AT_MS + 15_000 })).toBe("m4");
    expect(find({ after: "unknown", notBeforeMs: AT_MS + 35_000 })).toBe("m5");
    expect(find({ after: "m4", notBeforeMs: AT_MS + 60_000 })).toBe("m5");
  });

  it("takes one that was listed late before it only where the records are whole", () => {
    expect(find({ after: "m5", taken: { m5: "c0" } })).toBeNull();
    const lateFromMs = AT_MS + 5_000;
    expect(find({ after: "m5", taken: { m5: "c0" }, lateFromMs })).toBe("m4");
    expect(find({ after: "m5", taken: { m4: "c9", m5: "c0" }, lateFromMs })).toBeNull();
  });

  it("takes the newest that is free where it must be there under another text", () => {
    expect(find({ content: "changed", match: "any" })).toBe("m5");
    expect(find({ content: "hello", match: "any" })).toBe("m2");
    expect(find({ content: "changed", match: "any", taken: { m5: "c0" } })).toBe("m4");
  });
});
