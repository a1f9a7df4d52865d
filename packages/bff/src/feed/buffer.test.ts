import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { ReplayBuffer } from "./buffer.ts";

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

  it("tells what has not been handed out, in order, wherever it stands", () => {
    const buffer = roomy();
    buffer.addListed([message("a", 1), message("b", 5), message("c", 9)], false);
    for (const entry of buffer.entries) buffer.markDelivered(entry);
    expect(buffer.freshEntries()).toEqual([]);
    buffer.add(message("late", 3), "push");
    buffer.add(message("d", 10), "push");
    expect(buffer.freshEntries().map((entry) => entry.message.id)).toEqual(["late", "d"]);
  });

  it("tells whether there is more than so many younger than a time", () => {
    const buffer = roomy();
    for (const [id, ms] of [
      ["a", 1],
      ["b", 5],
      ["c", 5],
      ["d", 9],
    ] as const)
      buffer.add(message(id, ms), "push");
    for (const [afterMs, younger] of [
      [0, 4],
      [1, 3],
      [5, 1],
      [9, 0],
    ] as const) {
      expect(buffer.hasMoreAfter(NOW_MS + afterMs, younger)).toBe(false);
      if (younger > 0) expect(buffer.hasMoreAfter(NOW_MS + afterMs, younger - 1)).toBe(true);
    }
  });

  it("replaces the fields of a known id, and keeps the sender's id for it", () => {
    const buffer = roomy();
    expect(buffer.add({ ...message("a", 1), clientMessageId: "c1" }, "send")).toBe(true);
    expect(buffer.add(message("a", 9), "push")).toBe(true);
    expect(buffer.entries.map((entry) => entry.message)).toEqual([
      { ...message("a", 9), clientMessageId: "c1" },
    ]);
    expect(buffer.add(message("a", 9), "listing")).toBe(false);
  });

  it("keeps what it has where it is told the same again, and nothing of it where it is told otherwise", () => {
    const buffer = roomy();
    const told = { ...message("a", 1), authorName: "Ada" };
    buffer.add(told, "push");
    buffer.addListed([{ ...told }], false);
    expect(buffer.entries[0]?.message).toBe(told);
    for (const change of [{ authorName: "Eve" }, { author: "system" }, { content: "Other" }] as const) {
      buffer.addListed([{ ...told, ...change }], false);
      expect(buffer.entries[0]?.message).toEqual({ ...told, ...change });
    }
  });

  it("takes the platform's word for an own message's time, also where its send comes later", () => {
    const buffer = roomy();
    buffer.add(message("a", 9), "push");
    buffer.add({ ...message("a", 1), clientMessageId: "c1" }, "send");
    expect(buffer.entries[0]?.message).toEqual({ ...message("a", 9), clientMessageId: "c1" });
  });

  it("moves a message, and changes what cursors remember of it, when its time turns out to be another", () => {
    const buffer = roomy();
    buffer.add(message("own", 1), "send");
    buffer.add(message("b", 5), "push");
    const hash = buffer.entries[0]?.hash;
    buffer.addListed([message("b", 5), message("own", 7)], false);
    expect(ids(buffer)).toEqual(["b", "own"]);
    expect(buffer.entries[1]?.hash).not.toBe(hash);
  });

  it("vouches for nothing before its first complete listing, then for what that covered", () => {
    const buffer = roomy();
    buffer.add(message("replayed", -500), "push");
    buffer.add(message("seen", 5), "push");
    expect(buffer.completeFromMs).toBe(Number.POSITIVE_INFINITY);
    buffer.vouchFrom(NOW_MS);
    expect(ids(buffer)).toEqual(["seen"]);
    expect(buffer.completeFromMs).toBe(NOW_MS);
    expect(buffer.add(message("older", -1), "push")).toBe(false);
    expect(buffer.add(message("late", 1), "push")).toBe(true);
  });

  it("lets the oldest go beyond its limits, and no longer vouches for them", () => {
    const buffer = new ReplayBuffer({ maxMessages: 3, maxBytes: 1e6 });
    buffer.vouchFrom(Number.NEGATIVE_INFINITY);
    for (let index = 0; index < 5; index += 1) buffer.add(message(`m${index}`, index * 100_000), "push");
    buffer.trim();
    expect(ids(buffer), "what is fresh stays").toHaveLength(5);
    deliverAll(buffer);
    buffer.trim();
    expect(ids(buffer)).toEqual(["m2", "m3", "m4"]);
    expect(buffer.completeFromMs).toBe(NOW_MS + 100_001);
    expect(buffer.add(message("m1", 100_000), "listing"), "no news").toBe(false);
  });

  it("keeps the last minute beyond its count, up to four times as many", () => {
    const buffer = new ReplayBuffer({ maxMessages: 3, maxBytes: 1e6 });
    buffer.vouchFrom(Number.NEGATIVE_INFINITY);
    for (let index = 0; index < 20; index += 1) buffer.add(message(`m${index}`, 7), "push");
    deliverAll(buffer);
    buffer.trim();
    expect(ids(buffer)).toHaveLength(12);
    expect(buffer.add(message("m3", 7), "listing"), "what went at that millisecond").toBe(false);
    expect(buffer.add(message("new", 7), "push"), "what is new at that millisecond").toBe(true);
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
  for (const entry of buffer.entries) buffer.markDelivered(entry);
}
