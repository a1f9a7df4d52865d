import type { ChatMessage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { ReplayBuffer } from "./buffer.ts";
import { encodeCursor } from "./cursor.ts";
import { HeadCursors, type HeadReach } from "./head-cursor.ts";
import * as historyView from "./history-view.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
const NOTHING: ReadonlySet<never> = new Set();

/** What may happen to a feed's buffer. `id` and `atMs` are few, so that the same is told again, at another time, or late. */
const happenings = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("push" as const, "send" as const),
      id: fc.nat(40),
      /** Null: behind all others, as most; else so long before the first of those. */
      lateByMs: fc.option(fc.nat(90_000), { freq: 4 }),
      content: fc.constantFrom("a", "b"),
      /** Whether it is handed out, or waits for the next that is. */
      handedOut: fc.boolean(),
      /** After which of what is handed out a reader at the head asks for its cursor. */
      asked: fc.constantFrom("each" as const, "first" as const, "none" as const),
    }),
    fc.record({ kind: fc.constant("listing" as const), newest: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant("trim" as const) }),
  ),
  { maxLength: 100, size: "max" },
);

describe("the cursor of readers at the head", () => {
  it("is at every moment what composing it anew would give", () => {
    fc.assert(
      fc.property(happenings, (what) => {
        const feed = createFeed({ maxMessages: 20, maxBytes: 20_000 });
        for (const one of what) feed.live(one);
      }),
      { numRuns: 500 },
    );
  });

  it("is not composed anew for each message of a conversation, but grows", () => {
    const composing = vi.spyOn(historyView, "composeCursor");
    const feed = createFeed({ maxMessages: 500, maxBytes: 1_000_000 });
    for (let id = 0; id < 50; id += 1)
      feed.live({ kind: "push", id, lateByMs: null, content: "a", handedOut: true, asked: "each" });
    // Once by the cursors, and each time by the comparison.
    expect(composing).toHaveBeenCalledTimes(1 + 50);
  });

  it("can be had as parts, of which a later message takes nothing back", () => {
    const buffer = new ReplayBuffer({ maxMessages: 500, maxBytes: 1_000_000 });
    const heads = new HeadCursors(buffer);
    const reach: HeadReach = { confirmedMs: 0, listedMs: 0, floor: null };
    const [first, second] = ["a", "b"].map((id, at) => {
      buffer.add(message(id, NOW_MS + at, "text"), "push");
      const entry = buffer.entries[at];
      if (!entry) throw new Error("the buffer has taken the message");
      buffer.markDelivered(entry);
      const head = heads.after(entry, 0, reach);
      expect(head.wire).toBe(encodeCursor(head.cursor));
      return { head, entry };
    });
    expect(first?.head.cursor.seen).toEqual(new Set([first?.entry.hash]));
    expect(second?.head.cursor.seen).toEqual(new Set([first?.entry.hash, second?.entry.hash]));
  });
});

type Happening = typeof happenings extends fc.Arbitrary<(infer One)[]> ? One : never;

/** A buffer with readers at its head, whose cursors are compared with ones composed anew. */
function createFeed(limits: ConstructorParameters<typeof ReplayBuffer>[0]) {
  const buffer = new ReplayBuffer(limits);
  const heads = new HeadCursors(buffer);
  let newestMs = NOW_MS;
  let confirmedMs = 0;

  function handOut(asked: "each" | "first" | "none"): void {
    for (const [index, entry] of buffer.freshEntries().entries()) {
      buffer.markDelivered(entry);
      const reach: HeadReach = { confirmedMs, listedMs: confirmedMs, floor: buffer.evicted };
      const head = heads.after(entry, confirmedMs, reach);
      if (asked === "none" || (asked === "first" && index > 0)) continue;
      const anew = historyView.composeCursor(buffer.entries, reach, reach.floor, NOTHING);
      expect(head.wire).toBe(encodeCursor(anew));
    }
  }

  return {
    live(one: Happening): void {
      switch (one.kind) {
        case "push":
        case "send": {
          newestMs += 1;
          const atMs = one.lateByMs === null ? newestMs : NOW_MS - one.lateByMs;
          buffer.add(message(`m${one.id}`, atMs, one.content), one.kind);
          if (one.handedOut) handOut(one.asked);
          return;
        }
        case "listing": {
          const told = buffer.entries.slice(-one.newest).map((entry) => entry.message);
          buffer.addListed(told, false);
          buffer.vouchFrom(NOW_MS - 60_000);
          confirmedMs = Math.max(confirmedMs, ...told.map(({ createdAt }) => Date.parse(createdAt)));
          handOut("each");
          return;
        }
        case "trim":
          buffer.trim();
          return;
      }
    },
  };
}

function message(id: string, atMs: number, content: string): ChatMessage {
  return { id, author: "owner", content, createdAt: new Date(atMs).toISOString() };
}
