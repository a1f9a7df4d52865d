import type { ChatMessage } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import {
  type AcceptContext,
  accept,
  EMPTY_CONVERSATION,
  type News,
  toSince,
  withoutSince,
} from "./conversation.ts";

const BASE_MS = Date.parse("2026-03-01T10:00:00.000Z");

function message(id: string, fields: Partial<ChatMessage> = {}, afterMs = 0): ChatMessage {
  return {
    id,
    author: "owner",
    content: id,
    createdAt: new Date(BASE_MS + afterMs).toISOString(),
    ...fields,
  };
}

function take(news: News, before = EMPTY_CONVERSATION, context: Partial<AcceptContext> = {}) {
  return accept(before, news, { outbox: [], readMark: {}, isFromLeader: false, ...context });
}

const idsOf = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);

/** A conversation with one message in its history. */
const { state: LOADED } = take({ messages: [message("m1")], cursor: "c1.1", more: false });

describe("accept", () => {
  it("treats pages as history until the first listing is complete", () => {
    const first = take({ messages: [message("m1")], cursor: "c1.1", more: true });
    expect(first.state.loaded).toBe(false);
    const second = take({ messages: [message("m2")], cursor: "c1.2", more: false }, first.state);
    expect(second.state).toMatchObject({ loaded: true, cursor: "c1.2" });
    expect([...first.fresh, ...second.fresh]).toEqual([]);
  });

  it("reports a message as new once, and never an own or an old message", () => {
    const news = {
      messages: [
        message("own", { author: "visitor" }, 5_000),
        message("m3", {}, 4_000),
        message("m2", {}, 3_000),
        message("m1"),
      ],
    };
    const { state, fresh } = take(news, LOADED);
    expect(idsOf(fresh)).toEqual(["m2", "m3"]);
    expect(take(news, state).fresh).toEqual([]);
    const readMark = { id: "later", createdAtMs: BASE_MS + 10 * 60_000 };
    expect(take(news, LOADED, { readMark }).fresh).toEqual([]);
  });

  it("lets only the leader report new messages", () => {
    const { state, fresh } = take({ messages: [message("m2")] }, LOADED, { isFromLeader: true });
    expect(fresh).toEqual([]);
    expect(idsOf(state.messages)).toEqual(["m1", "m2"]);
  });

  it("advances a follower's cursor only if no earlier message is missing", () => {
    const isFromLeader = true;
    const live = take({ messages: [message("m9")], cursor: "c1.9", more: true }, undefined, { isFromLeader });
    expect(live.state.cursor).toBeNull();
    const snapshot = take({ ...LOADED, messages: [message("m1")] }, live.state, { isFromLeader });
    expect(snapshot.state).toMatchObject({ loaded: true, cursor: "c1.1" });
  });

  it("returns the messages that confirm a send", () => {
    const messages = [message("m2", { author: "visitor", clientMessageId: "c1" }), message("m3")];
    expect(idsOf(take({ messages }, LOADED).confirmed)).toEqual(["m2"]);
  });

  it("does not mutate its arguments", () => {
    const before = structuredClone(LOADED);
    take(
      { messages: [message("m2")], status: "away", connection: { name: "ended", reason: "session-closed" } },
      LOADED,
    );
    expect(LOADED).toEqual(before);
  });
});

describe("toSince", () => {
  it("returns the cursor, else a minute before the first message, else nothing, and skips what the server has refused", () => {
    expect(toSince(EMPTY_CONVERSATION)).toBeNull();
    expect(toSince(LOADED)).toBe("c1.1");
    const withoutCursor = { ...LOADED, ...withoutSince(LOADED) };
    expect(toSince(withoutCursor)).toBe("2026-03-01T09:59:00.000Z");
    expect(toSince({ ...withoutCursor, ...withoutSince(withoutCursor) })).toBeNull();
  });
});
