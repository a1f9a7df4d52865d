import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { type BufferedMessage, ReplayBuffer } from "./buffer.ts";
import { CURSOR_MAX_SEEN, type Cursor, encodeCursor, parseCursor, type ShortHash } from "./cursor.ts";
import { composeCursor, type HistoryView, unreadPage } from "./history-view.ts";
import type { ResumePoint } from "./resume-point.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const NONE: ReadonlySet<ShortHash> = new Set();

describe("a page of what is unread", () => {
  it("moves its cursor along with what was handed out, never past what was not", () => {
    const view = viewOf(Array.from({ length: 300 }, (_, index) => index * 1_000));
    const page = unreadPage(view, { kind: "time", timeMs: NOW_MS - 1 }, NONE);
    expect(page.entries).toHaveLength(200);
    expect(page.more).toBe(true);
    for (const count of [0, 1, 100, 200]) {
      const cursor = page.cursorAfter(count);
      if (!cursor) throw new Error("no cursor");
      const rest = unreadPage(view, { kind: "cursor", cursor }, NONE);
      expect(rest.entries[0]).toBe(view.entries[count]);
    }
  });

  it("hands out nothing again of more messages in one millisecond than a cursor can carry", () => {
    const view = viewOf(new Array(700).fill(5));
    const seen: BufferedMessage[] = [];
    let since: ResumePoint = { kind: "time", timeMs: NOW_MS };
    for (let more = true; more; ) {
      const page = unreadPage(view, since, NONE);
      seen.push(...page.entries);
      more = page.more;
      since = { kind: "cursor", cursor: overTheWire(page.cursorAfter(page.entries.length)) };
    }
    expect(seen).toEqual(view.entries);
  });

  it("leaves out what is about to be handed out to all", () => {
    const view = viewOf([1, 2, 3], { fresh: 1 });
    expect(unreadPage(view, { kind: "newest" }, NONE).entries).toEqual([view.entries[0], view.entries[2]]);
  });

  it("is the newest for who asks for it, and what is older counts as seen", () => {
    const view = viewOf(Array.from({ length: 250 }, (_, index) => index));
    const page = unreadPage(view, { kind: "newest" }, NONE);
    expect(page.entries).toEqual(view.entries.slice(50));
    expect(page.truncated).toBe(true);
    const cursor = overTheWire(page.cursorAfter(200));
    expect(unreadPage(view, { kind: "cursor", cursor }, NONE).entries).toEqual([]);
  });

  it("has no cursor where nothing was ever said", () => {
    const empty: HistoryView = { ...viewOf([]), confirmedMs: null, listedMs: null };
    expect(unreadPage(empty, { kind: "newest" }, NONE).cursorAfter(0)).toBeNull();
  });

  it("remembers what its reader has seen by another way", () => {
    const view = viewOf([1_000]);
    const cursor: Cursor = { confirmedMs: NOW_MS + 1_000, seen: new Set([12_345]), floor: null };
    const page = unreadPage(view, { kind: "cursor", cursor }, NONE);
    expect(page.foreign).toEqual(new Set([12_345]));
    expect(page.cursorAfter(1)?.seen).toContain(12_345);
  });
});

describe("a cursor of more than it can carry", () => {
  const crowd = viewOf(Array.from({ length: CURSOR_MAX_SEEN + 10 }, (_, index) => index));

  it("covers the oldest by its floor where a listing has reached them", () => {
    const reach = { confirmedMs: NOW_MS + 500, listedMs: NOW_MS + 500 };
    const cursor = composeCursor(crowd.entries, reach, null, new Set());
    expect(cursor.seen.size).toBe(CURSOR_MAX_SEEN);
    expect(cursor.floor).toEqual({ ms: NOW_MS + 9, last: crowd.entries[9]?.hash });
  });

  it("forgets them where none has, so that nothing missed among them is skipped", () => {
    const reach = { confirmedMs: NOW_MS - 1, listedMs: NOW_MS - 1 };
    expect(composeCursor(crowd.entries, reach, null, new Set()).floor).toBeNull();
  });

  it("never covers what was not handed out", () => {
    const reach = { confirmedMs: NOW_MS + 500, listedMs: NOW_MS + 500 };
    const missed = crowd.entries[4];
    if (!missed) throw new Error("no entry");
    const cursor = composeCursor(crowd.entries, reach, null, new Set([missed]));
    expect(cursor.floor).toEqual({ ms: NOW_MS + 3, last: crowd.entries[3]?.hash });
  });
});

function viewOf(times: readonly number[], { fresh = -1 } = {}): HistoryView {
  const buffer = new ReplayBuffer({ maxMessages: 10_000, maxBytes: 1e9 });
  buffer.addListed(
    times.map((ms, index) => message(`m${index}`, ms)),
    false,
  );
  for (const [index, entry] of buffer.entries.entries()) if (index !== fresh) buffer.markDelivered(entry);
  const newestMs = NOW_MS + Math.max(0, ...times);
  return {
    entries: buffer.entries,
    confirmedMs: newestMs,
    listedMs: newestMs,
    floor: null,
    fromBeginning: true,
    cutMs: null,
    partial: false,
  };
}

function message(id: string, ms: number): ChatMessage {
  return { id, author: "owner", content: "hello", createdAt: new Date(NOW_MS + ms).toISOString() };
}

function overTheWire(cursor: Cursor | null): Cursor {
  const parsed = cursor && parseCursor(encodeCursor(cursor));
  if (!parsed) throw new Error("no cursor");
  return parsed;
}
