import { describe, expect, it } from "vitest";
import { type MessageBatch, toNewMessages } from "./message-batch.ts";

const batch: MessageBatch = {
  sessionPublicId: "s",
  count: 3,
  sender: "owner",
  content: "Message {n}",
  firstAtMs: null,
  stepMs: 10,
};

const times = (given: Partial<MessageBatch>, lastMessageAtMs: number) =>
  toNewMessages({ ...batch, ...given }, { lastMessageAtMs }, 1000).map(({ createdAtMs }) => createdAtMs);

describe("a batch of messages", () => {
  it("ends now where there is room after the last message", () => {
    expect(times({}, 0)).toEqual([980, 990, 1000]);
  });

  it("never comes before what the session holds already", () => {
    expect(times({}, 995)).toEqual([1005, 1015, 1025]);
  });

  it("starts at the given time", () => {
    expect(times({ firstAtMs: 5, stepMs: 0 }, 995)).toEqual([5, 5, 5]);
  });

  it("numbers its messages, and gives each an id of its own", () => {
    const messages = toNewMessages(batch, { lastMessageAtMs: 0 }, 1000);
    expect(messages.map(({ content }) => content)).toEqual(["Message 1", "Message 2", "Message 3"]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(3);
  });
});
