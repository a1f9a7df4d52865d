import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { CURSOR_MAX_SEEN, type Cursor, parseResumePoint } from "./cursor.ts";
import { ReplayBuffer } from "./replay-buffer.ts";
import { composeCursor, type HistoryView, unreadPage } from "./unread-page.ts";

const NOW_MS = Date.UTC(2026, 5, 1);

describe("an unread page", () => {
  it("moves its cursor along with the messages, never past an unread one", () => {
    const view = viewOf(Array.from({ length: 300 }, (_, index) => index * 1_000));
    const page = unreadPage(view, parseResumePoint(new Date(NOW_MS - 1).toISOString(), NOW_MS));
    expect(page.entries).toHaveLength(200);
    expect(page.more).toBe(true);
    for (const count of [0, 1, 100, 200]) {
      const cursor = page.cursorAfter(count);
      if (!cursor) throw new Error("no cursor");
      const rest = unreadPage(view, cursor);
      expect(rest.entries[0]).toBe(view.entries[count]);
    }
  });

  it("leaves out what is undelivered", () => {
    const view = viewOf([1, 2, 3], { undelivered: 1 });
    expect(unreadPage(view, "newest").entries).toEqual([view.entries[0], view.entries[2]]);
  });

  it("has a cursor without what was delivered after the page was read", () => {
    const buffer = new ReplayBuffer({ maxMessages: 100, maxBytes: 1e6 });
    const view = viewOf([1_000, 2_000], { buffer });
    const page = unreadPage(view, "newest");
    buffer.add(message("later", 3_000), "push");
    for (const entry of buffer.entries) entry.delivered = true;
    expect(page.cursorAfter(2)?.seen).toEqual(new Set(page.entries.map(({ hash }) => hash)));
  });

  it("has no cursor for an empty history", () => {
    const empty: HistoryView = { ...viewOf([]), confirmedMs: null, listedMs: null };
    expect(unreadPage(empty, "newest").cursorAfter(0)).toBeNull();
  });

  it("remembers messages that its client has seen and this feed does not know", () => {
    const view = viewOf([1_000]);
    const cursor: Cursor = { confirmedMs: NOW_MS + 1_000, seen: new Set([12_345]), watermark: null };
    const page = unreadPage(view, cursor);
    expect(page.unknown).toEqual(new Set([12_345]));
    expect(page.cursorAfter(1)?.seen).toContain(12_345);
  });
});

describe("a cursor after more messages than it can carry", () => {
  const crowd = viewOf(Array.from({ length: CURSOR_MAX_SEEN + 10 }, (_, index) => index));

  it("covers the oldest by its watermark if a listing has reached them", () => {
    const reach = { confirmedMs: NOW_MS + 500, listedMs: NOW_MS + 500 };
    const cursor = composeCursor(crowd.entries, reach, null, new Set());
    expect(cursor.seen.size).toBe(CURSOR_MAX_SEEN);
    expect(cursor.watermark).toEqual({ ms: NOW_MS + 9, last: crowd.entries[9]?.hash });
  });

  it("forgets them if none has, so that nothing missed among them is skipped", () => {
    const reach = { confirmedMs: NOW_MS - 1, listedMs: NOW_MS - 1 };
    expect(composeCursor(crowd.entries, reach, null, new Set()).watermark).toBeNull();
  });

  it("never covers what was not delivered", () => {
    const reach = { confirmedMs: NOW_MS + 500, listedMs: NOW_MS + 500 };
    const missed = crowd.entries[4];
    if (!missed) throw new Error("no entry");
    const cursor = composeCursor(crowd.entries, reach, null, new Set([missed]));
    expect(cursor.watermark).toEqual({ ms: NOW_MS + 3, last: crowd.entries[3]?.hash });
  });
});

function viewOf(
  times: readonly number[],
  { undelivered = -1, buffer = new ReplayBuffer({ maxMessages: 10_000, maxBytes: 1e9 }) } = {},
): HistoryView {
  buffer.addListed(
    times.map((ms, index) => message(`m${index}`, ms)),
    false,
  );
  for (const [index, entry] of buffer.entries.entries()) entry.delivered = index !== undelivered;
  const newestMs = NOW_MS + Math.max(0, ...times);
  return {
    entries: buffer.entries,
    confirmedMs: newestMs,
    listedMs: newestMs,
    watermark: null,
    fromBeginning: true,
    cutMs: null,
    partial: false,
  };
}

function message(id: string, ms: number): ChatMessage {
  return { id, author: "owner", content: "hello", createdAt: new Date(NOW_MS + ms).toISOString() };
}
