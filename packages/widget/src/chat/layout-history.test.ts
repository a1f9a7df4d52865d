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

/** `[` starts a group of messages, `]` ends it, `|` starts a day, `!` marks the first unread message. */
function notate(
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
  it("groups consecutive messages of one author", () => {
    expect(notate([entry("a"), entry("b"), entry("c", { author: "visitor" }), entry("d")])).toBe(
      "[a b] [c] [d]",
    );
  });

  it("starts a new group for another team member and after a pause of more than five minutes", () => {
    expect(notate([entry("a", { authorName: "Maria" }), entry("b", { authorName: "Jon" })])).toBe("[a] [b]");
    expect(notate([entry("a"), entry("b", { createdAtMs: NOON + 6 * MINUTE_MS })])).toBe("[a] [b]");
  });

  it("starts a new group on each day and at the first unread message", () => {
    expect(notate([entry("a"), entry("b", { createdAtMs: NOON + 24 * 60 * MINUTE_MS })])).toBe("[a] |[b]");
    expect(notate([entry("a"), entry("b"), entry("c")], "b")).toBe("[a] ![b c]");
  });

  it("shows the first day unless it is today", () => {
    expect(notate([entry("a"), entry("b")])).toBe("[a b]");
    expect(notate([entry("a"), entry("b")], null, NOON + 24 * 60 * MINUTE_MS)).toBe("|[a b]");
  });

  it("returns nothing for an empty conversation", () => {
    expect(notate([])).toBe("");
  });
});
