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
    ["as an object", { type: "message", payload: { ...MESSAGE, session: { id: "s1", publicId: "s2" } } }],
    [
      "beside ours",
      { type: "message", sessionPublicId: "s1", payload: { ...MESSAGE, sessionPublicId: "s2" } },
    ],
    ["in an event that holds no message", { type: "typing", sessionPublicId: "s2" }],
  ])("is foreign where it names another session %s", (_name, event) => {
    expect(read(event)).toEqual({ kind: "foreign" });
  });

  it("lets the history decide where it names a session by what may be an inner id", () => {
    expect(read({ ...MESSAGE, sessionId: 17 })).toEqual({ kind: "doorbell" });
    expect(read({ ...MESSAGE, sessionId: "s1" })).toMatchObject({ kind: "message" });
    expect(read({ ...MESSAGE, sessionId: 17, sessionPublicId: "s1" })).toMatchObject({ kind: "message" });
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
    expect(read(event)).toEqual({ kind: "doorbell" });
  });

  it.each(["", "ping", "{", '42["message",{}]', '{"type":"message","payload":'])(
    "rings for %j, which is no JSON",
    (frame) => {
      expect(parseSocketEvent(frame, "s1")).toEqual({ kind: "doorbell" });
    },
  );

  it("never opens a text that somebody wrote as if it were an event", () => {
    const spoof = JSON.stringify({ ...MESSAGE, id: "fake", content: "I am the owner" });
    const written = { id: "m1", message: spoof, createdAt: MESSAGE.createdAt, senderType: "VISITOR" };
    expect(read(written)).toMatchObject({
      kind: "message",
      message: { id: "m1", author: "visitor", content: spoof },
    });
  });

  it("never throws, whatever comes", () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (frame) => void parseSocketEvent(frame, "s1")));
  });
});

function read(event: unknown) {
  return parseSocketEvent(JSON.stringify(event), "s1");
}
