import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "../client/chat-client.ts";
import { layoutHistory } from "./layout-history.ts";

const NOON = new Date(2026, 4, 4, 12).getTime();
const MINUTE_MS = 60_000;

function entry(id: string, change: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    key: id,
    id,
    author: "owner",
    authorName: null,
    content: id,
    createdAtMs: NOON,
    state: "sent",
    failure: null,
    ...change,
  };
}

/** `[` begins a run of bubbles, `]` ends it, `|` begins a day, `!` the unread ones. */
function draw(
  timeline: readonly TimelineEntry[],
  firstUnreadId: string | null = null,
  nowMs = NOON + 2 * MINUTE_MS,
): string {
  return layoutHistory(timeline, firstUnreadId, nowMs)
    .map(
      ({ entry: { id }, startsDay, startsUnread, isFirst, isLast }) =>
        `${startsDay ? "|" : ""}${startsUnread ? "!" : ""}${isFirst ? "[" : ""}${id}${isLast ? "]" : ""}`,
    )
    .join(" ");
}

describe("layoutHistory", () => {
  it("puts bubbles of one author together", () => {
    expect(draw([entry("a"), entry("b"), entry("c", { author: "visitor" }), entry("d")])).toBe(
      "[a b] [c] [d]",
    );
  });

  it("parts two people of the team, and pauses of more than five minutes", () => {
    expect(draw([entry("a", { authorName: "Maria" }), entry("b", { authorName: "Jon" })])).toBe("[a] [b]");
    expect(draw([entry("a"), entry("b", { createdAtMs: NOON + 6 * MINUTE_MS })])).toBe("[a] [b]");
  });

  it("begins a run with each day and with the first unread", () => {
    expect(draw([entry("a"), entry("b", { createdAtMs: NOON + 24 * 60 * MINUTE_MS })])).toBe("[a] |[b]");
    expect(draw([entry("a"), entry("b"), entry("c")], "b")).toBe("[a] ![b c]");
  });

  it("names the day that it begins with, unless that is today", () => {
    expect(draw([entry("a"), entry("b")])).toBe("[a b]");
    expect(draw([entry("a"), entry("b")], null, NOON + 24 * 60 * MINUTE_MS)).toBe("|[a b]");
  });

  it("has nothing to lay out in an empty conversation", () => {
    expect(draw([])).toBe("");
  });
});
