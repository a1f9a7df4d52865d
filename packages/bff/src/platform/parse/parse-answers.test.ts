import { describe, expect, it } from "vitest";
import { parseSendAnswer, parseStatus } from "./parse-answers.ts";

const createdAt = "2026-03-04T05:06:07.089Z";
const FULL = { sessionPublicId: "s1", sessionId: "s1", messageId: "m1", createdAt };
const NOTHING = { sessionPublicId: null, sessionId: null, messageId: null, createdAt: null };

describe("the answer to a send", () => {
  it.each([
    [
      "a receipt",
      { success: true, messageId: "m1", sessionPublicId: "s1", createdAt, message: "processed successfully" },
    ],
    [
      "the message itself",
      { id: "m1", sessionPublicId: "s1", content: "Hello", createdAt, senderType: "VISITOR" },
    ],
    ["a message and a session", { message: { id: "m1", createdAt }, session: { publicId: "s1" } }],
    [
      "both wrapped",
      { success: true, data: { message: { id: "m1", createdAt }, session: { id: 7, publicId: "s1" } } },
    ],
    [
      "a wrapped receipt",
      { message: "done", data: { message_id: "m1", session_public_id: "s1", created_at: createdAt } },
    ],
    [
      "a message that names its session",
      { data: { publicId: "m1", session: { public_id: "s1" }, sentAt: createdAt } },
    ],
    ["an inner id beside a public one", { id: "m1", sessionId: 7, sessionPublicId: "s1", createdAt }],
  ])("is read from %s", (_name, value) => {
    expect(parseSendAnswer(value)).toEqual({ ok: true, value: FULL });
  });

  it.each([
    [{ sessionId: "s1" }, "s1"],
    [{ session: "s1" }, "s1"],
    [{ session: { id: 7 } }, "7"],
    [{ conversationId: "c1" }, "c1"],
    [{ data: { chat_session_id: "s1" } }, "s1"],
  ])("%j names a session, though not by a public id", (value, sessionId) => {
    expect(parseSendAnswer(value)).toEqual({ ok: true, value: { ...NOTHING, sessionId } });
  });

  it("does not take the session's id for the message's", () => {
    expect(parseSendAnswer({ id: "s1", sessionPublicId: "s1" })).toMatchObject({
      value: { messageId: null },
    });
  });

  it.each([{}, { success: true }, { message: "processed successfully" }])(
    "may say next to nothing: %j",
    (value) => {
      expect(parseSendAnswer(value)).toEqual({ ok: true, value: NOTHING });
    },
  );

  it.each([["text"], [null], [[1, 2]], [42]])("is not read from %j", (value) => {
    expect(parseSendAnswer(value)).toEqual({ ok: false, keysSeen: [] });
  });
});

describe("the status", () => {
  it.each([
    [{ status: "online" }, "online"],
    [{ status: "OFFLINE" }, "away"],
    [{ status: "Away" }, "away"],
    [{ status: "available" }, "online"],
    [{ data: { status: "online" } }, "online"],
    [{ success: true, data: { status: "busy" } }, "away"],
    [{ online: true }, "online"],
    [{ online: false }, "away"],
    [{ data: { isOnline: false } }, "away"],
    [{ is_available: true }, "online"],
    [{ agentsOnline: 3 }, "online"],
    [{ agents_online: 0 }, "away"],
    [{ onlineAgents: ["a"] }, "online"],
    [{ presence: "active" }, "online"],
    [{ presence: { status: "away" } }, "away"],
    [{ status: { online: true } }, "online"],
    ["online", "online"],
    [true, "online"],
  ])("of %j is %s", (value, status) => {
    expect(parseStatus(value)).toEqual({ ok: true, value: status });
  });

  it("believes presence before the integration's own state", () => {
    expect(parseStatus({ status: "active", online: false })).toEqual({ ok: true, value: "away" });
    expect(parseStatus({ status: "online", presence: "away" })).toEqual({ ok: true, value: "away" });
  });

  it.each([
    [{}],
    [{ status: "active" }],
    [{ enabled: true }],
    [{ status: "ok" }],
    [{ status: 5 }],
    ["hello"],
  ])("is unknown where %j does not tell", (value) => {
    expect(parseStatus(value)).toEqual({ ok: true, value: "unknown" });
  });

  it.each([[null], [[]], [42], [undefined]])("is not read from %j", (value) => {
    expect(parseStatus(value)).toEqual({ ok: false, keysSeen: [] });
  });
});
