import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { ReplayBuffer } from "./replay-buffer.ts";

const NOW_MS = Date.UTC(2026, 5, 1);

describe("the replay buffer", () => {
  it("keeps `createdAt`, then the platform's order, then arrival", () => {
    const buffer = roomy();
    for (const id of ["d", "c", "b"]) buffer.add(message(id, 5), "push");
    buffer.add(message("a", 1), "push");
    expect(ids(buffer)).toEqual(["a", "d", "c", "b"]);
    buffer.addListed([message("a", 1), message("b", 5), message("c", 5)], false);
    expect(ids(buffer)).toEqual(["a", "b", "c", "d"]);
  });

  it("lists what is undelivered, in order", () => {
    const buffer = roomy();
    buffer.addListed([message("a", 1), message("b", 5), message("c", 9)], false);
    deliverAll(buffer);
    expect(buffer.undelivered).toEqual([]);
    buffer.add(message("late", 3), "push");
    buffer.add(message("d", 10), "push");
    expect(buffer.undelivered.map((entry) => entry.message.id)).toEqual(["late", "d"]);
  });

  it("replaces the fields of a known id, and keeps its clientMessageId", () => {
    const buffer = roomy();
    expect(buffer.add({ ...message("a", 1), clientMessageId: "c1" }, "send")).toBe(true);
    expect(buffer.add(message("a", 9), "push")).toBe(true);
    expect(buffer.entries.map((entry) => entry.message)).toEqual([
      { ...message("a", 9), clientMessageId: "c1" },
    ]);
    expect(buffer.add(message("a", 9), "listing")).toBe(false);
  });

  it("keeps the platform's time of an own message, even if its send comes later", () => {
    const buffer = roomy();
    buffer.add(message("a", 9), "push");
    buffer.add({ ...message("a", 1), clientMessageId: "c1" }, "send");
    expect(buffer.entries[0]?.message).toEqual({ ...message("a", 9), clientMessageId: "c1" });
  });

  it("moves a message and changes its hash when its time changes", () => {
    const buffer = roomy();
    buffer.add(message("own", 1), "send");
    buffer.add(message("b", 5), "push");
    const hash = buffer.entries[0]?.hash;
    buffer.addListed([message("b", 5), message("own", 7)], false);
    expect(ids(buffer)).toEqual(["b", "own"]);
    expect(buffer.entries[1]?.hash).not.toBe(hash);
  });

  it("is complete from where its first complete listing began", () => {
    const buffer = roomy();
    buffer.add(message("replayed", -500), "push");
    buffer.add(message("seen", 5), "push");
    expect(buffer.completeFromMs).toBe(Number.POSITIVE_INFINITY);
    buffer.markCompleteFrom(NOW_MS);
    expect(ids(buffer)).toEqual(["seen"]);
    expect(buffer.completeFromMs).toBe(NOW_MS);
    expect(buffer.add(message("older", -1), "push")).toBe(false);
    expect(buffer.add(message("late", 1), "push")).toBe(true);
  });

  it("evicts the oldest beyond its limits, and is no longer complete there", () => {
    const buffer = new ReplayBuffer({ maxMessages: 3, maxBytes: 1e6 });
    buffer.markCompleteFrom(Number.NEGATIVE_INFINITY);
    for (let index = 0; index < 5; index += 1) buffer.add(message(`m${index}`, index * 100_000), "push");
    buffer.trim();
    expect(ids(buffer), "undelivered ones stay").toHaveLength(5);
    deliverAll(buffer);
    buffer.trim();
    expect(ids(buffer)).toEqual(["m2", "m3", "m4"]);
    expect(buffer.completeFromMs).toBe(NOW_MS + 100_001);
    expect(buffer.add(message("m1", 100_000), "listing"), "no news").toBe(false);
  });

  it("keeps the last minute beyond its count, up to four times as many", () => {
    const buffer = new ReplayBuffer({ maxMessages: 3, maxBytes: 1e6 });
    buffer.markCompleteFrom(Number.NEGATIVE_INFINITY);
    for (let index = 0; index < 20; index += 1) buffer.add(message(`m${index}`, 7), "push");
    deliverAll(buffer);
    buffer.trim();
    expect(ids(buffer)).toHaveLength(12);
    expect(buffer.add(message("m3", 7), "listing"), "evicted at that millisecond").toBe(false);
    expect(buffer.add(message("new", 7), "push"), "new at that millisecond").toBe(true);
  });

  it("keeps its limit of bytes", () => {
    const buffer = new ReplayBuffer({ maxMessages: 1_000, maxBytes: 100_000 });
    for (let index = 0; index < 100; index += 1) {
      buffer.add({ ...message(`m${index}`, index), content: "x".repeat(4_000) }, "push");
    }
    deliverAll(buffer);
    buffer.trim();
    expect(ids(buffer)).toHaveLength(12);
  });
});

function roomy(): ReplayBuffer {
  return new ReplayBuffer({ maxMessages: 100, maxBytes: 1e6 });
}

function message(id: string, ms: number): ChatMessage {
  return { id, author: "owner", content: "hello", createdAt: new Date(NOW_MS + ms).toISOString() };
}

function ids(buffer: ReplayBuffer): string[] {
  return buffer.entries.map((entry) => entry.message.id);
}

function deliverAll(buffer: ReplayBuffer): void {
  for (const entry of buffer.entries) entry.delivered = true;
}
