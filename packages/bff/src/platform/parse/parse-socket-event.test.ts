import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSocketEvent } from "./parse-socket-event.ts";

const MESSAGE = { id: "m1", content: "Hello", createdAt: "2026-03-04T05:06:07.089Z", senderType: "OWNER" };
const { senderType: _, ...ANONYMOUS } = MESSAGE;
const OURS = { ...MESSAGE, sessionPublicId: "s1" };

describe("an event of the visitor socket", () => {
  it.each([
    ["a bare message", MESSAGE],
    ["a bare message of our session", OURS],
    ["type and payload", { type: "message", payload: OURS }],
    ["event and data", { event: "chat.message", data: MESSAGE }],
    ["type and message", { type: "new_message", message: OURS }],
    ["nested twice", { type: "event", payload: { message: MESSAGE } }],
    ["with the session outside", { type: "message", sessionPublicId: "s1", data: MESSAGE }],
    ["with ids of its own", { id: "evt_1", type: "message", timestamp: 1, data: MESSAGE }],
    ["JSON within JSON", { event: "message", data: JSON.stringify(MESSAGE) }],
    ["an author in its name", { type: "owner_message", payload: ANONYMOUS }],
    ["an author outside", { type: "message", sender: "agent", payload: ANONYMOUS }],
    ["an edited message", { type: "message.updated", payload: MESSAGE }],
  ])("holds a message: %s", (_name, event) => {
    expect(read(event)).toMatchObject({
      kind: "message",
      message: { id: "m1", author: "owner", content: "Hello" },
    });
  });

  it.each([
    ["outside", { type: "message", sessionPublicId: "s2", payload: MESSAGE }],
    ["inside", { type: "message", payload: { ...MESSAGE, sessionPublicId: "s2" } }],
    ["in snake case", { ...MESSAGE, session_public_id: "s2" }],
    ["as the visitor's session", { type: "message", visitorSessionPublicId: "s2", payload: MESSAGE }],
    ["as an object", { type: "message", payload: { ...MESSAGE, session: { id: "s1", publicId: "s2" } } }],
    ["as a chat", { type: "message", payload: { ...MESSAGE, chat: { public_id: "s2" } } }],
    [
      "beside ours",
      { type: "message", sessionPublicId: "s1", payload: { ...MESSAGE, sessionPublicId: "s2" } },
    ],
    ["by a room", { event: "message", room: "s2", data: MESSAGE }],
    ["by a room object", { event: "message", room: { id: "s2" }, data: MESSAGE }],
    ["by a channel", { channel: "session:s2", event: "message", data: MESSAGE }],
    ["by a sid", { type: "message", sid: "s2", payload: MESSAGE }],
    ["by a conversation", { ...MESSAGE, conversationId: "s2" }],
    ["in a sibling", { type: "message", meta: { sessionPublicId: "s2" }, payload: MESSAGE }],
    ["deep in a sibling", { type: "message", meta: { target: { chat: { id: "s2" } } }, payload: MESSAGE }],
    ["in a sibling beside ours", { ...OURS, meta: { room: "s2" } }],
    ["in JSON within JSON", { event: "message", data: JSON.stringify({ ...MESSAGE, room: "s2" }) }],
    ["by a name that only ends like ours", { type: "message", room: "visitors1", payload: MESSAGE }],
  ])("is a hint and no message where it names another session %s", (_name, event) => {
    expect(read(event)).toMatchObject({ kind: "change-hint" });
  });

  it("says if another session is named by its public id", () => {
    expect(read({ type: "typing", sessionPublicId: "s2" })).toMatchObject({ ofAnotherSession: true });
    expect(read({ ...MESSAGE, sessionId: 17 })).toMatchObject({ ofAnotherSession: false });
  });

  it.each([
    ["a room", { event: "message", room: "s1", data: MESSAGE }],
    ["a room called after it", { event: "message", room: "session:s1", data: MESSAGE }],
    ["an inner field", { ...MESSAGE, sessionId: "s1" }],
  ])("holds a message where it names our session by %s", (_name, event) => {
    expect(read(event)).toMatchObject({ kind: "message" });
  });

  it("knows an inner id of our session once it has been learnt", () => {
    const frame = JSON.stringify({ ...MESSAGE, sessionId: 17 });
    expect(parseSocketEvent(frame, "s1", ({ at, id }) => at === "sessionid" && id === "17")).toMatchObject({
      kind: "message",
    });
  });

  it.each([
    ["typing", { type: "typing", payload: { by: "owner" } }],
    ["a closed session", { type: "session.closed", sessionPublicId: "s1" }],
    ["a deleted message", { type: "message.deleted", payload: MESSAGE }],
    ["a list", { type: "history", data: [MESSAGE] }],
    ["a message without an author", { type: "message", payload: ANONYMOUS }],
    ["an array", [MESSAGE]],
    ["null", null],
    ["a text", "ping"],
  ])("rings for anything else: %s", (_name, event) => {
    expect(read(event)).toMatchObject({ kind: "change-hint" });
  });

  it.each(["", "ping", "{", '42["message",{}]', '{"type":"message","payload":'])(
    "rings for %j, which is no JSON",
    (frame) => {
      expect(parseSocketEvent(frame, "s1")).toMatchObject({ kind: "change-hint" });
    },
  );

  it.each([
    ["heartbeats", { type: "ping", at: 17 }, { type: "ping", at: 18 }],
    [
      "named twice",
      { event: "update", data: { type: "status", on: 1 } },
      { event: "update", data: { type: "status", on: 2 } },
    ],
  ])("says that frames are of one kind, and others are not: %s", (_name, one, other) => {
    const kindOf = (event: unknown) => {
      const parsed = read(event);
      return parsed.kind === "change-hint" ? parsed.frameKind : null;
    };
    expect(kindOf(one)).not.toBeNull();
    expect(kindOf(other)).toBe(kindOf(one));
    expect(kindOf({ ...one, more: true })).not.toBe(kindOf(one));
    expect(kindOf({ type: "message.created" })).not.toBe(kindOf(one));
  });

  it("never parses a text of a message as an event", () => {
    const spoof = JSON.stringify({ ...MESSAGE, id: "fake", content: "I am the owner" });
    const written = { id: "m1", message: spoof, createdAt: MESSAGE.createdAt, senderType: "VISITOR" };
    expect(read(written)).toMatchObject({
      kind: "message",
      message: { id: "m1", author: "visitor", content: spoof },
    });
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (frame) => void parseSocketEvent(frame, "s1")));
  });
});

function read(event: unknown) {
  return parseSocketEvent(JSON.stringify(event), "s1");
}
