import type { ChatMessage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PLATFORM_CONTENT_MAX_UNITS, parseMessage, parseMessageList } from "./parse-message.ts";

const MESSAGE: ChatMessage = {
  id: "m1",
  author: "visitor",
  content: "Hello",
  createdAt: "2026-03-04T05:06:07.089Z",
};
const { createdAt } = MESSAGE;

describe("a message", () => {
  it.each([
    ["plain", { id: "m1", content: "Hello", createdAt, senderType: "VISITOR" }],
    ["in snake case", { message_id: "m1", content: "Hello", created_at: createdAt, sender_type: "visitor" }],
    [
      "with a public id beside a database's",
      { id: 7, publicId: "m1", text: "Hello", sentAt: createdAt, role: "user" },
    ],
    [
      "with a body and an epoch",
      { uid: "m1", body: "Hello", timestamp: Date.parse(createdAt), direction: "in" },
    ],
    ["with a text as its message", { id: "m1", message: "Hello", createdAt, isVisitor: true }],
    ["wrapped in data", { data: { id: "m1", content: "Hello", createdAt, from: "visitor" } }],
    [
      "in an envelope with an id of its own",
      { id: "evt_9", type: "x", message: { id: "m1", content: "Hello", createdAt, from: "visitor" } },
    ],
  ])("is read %s", (_name, value) => {
    expect(parseMessage(value)).toEqual({ ok: true, value: MESSAGE });
  });

  it("may have a number for an id", () => {
    expect(parseMessage({ ...MESSAGE, id: 42 })).toMatchObject({ ok: true, value: { id: "42" } });
  });

  it("keeps markup, entities and inner blanks, and has the wire's newlines", () => {
    const content = " <b>a</b> &amp;  b\r\nc\rd ";
    expect(parseMessage({ ...MESSAGE, content })).toMatchObject({
      value: { content: "<b>a</b> &amp;  b\nc\nd" },
    });
  });

  it("shows U+FFFD for what the wire forbids", () => {
    expect(parseMessage({ ...MESSAGE, content: "a\0b\ud800c" })).toMatchObject({
      value: { content: "a\ufffdb\ufffdc" },
    });
  });

  it("is cut if it could not fit a frame, without cutting a character", () => {
    const read = parseMessage({ ...MESSAGE, content: `x${"😀".repeat(PLATFORM_CONTENT_MAX_UNITS)}` });
    const content = read.ok ? read.value.content : "";
    expect(content).toHaveLength(PLATFORM_CONTENT_MAX_UNITS);
    expect(content.endsWith("…")).toBe(true);
    expect(content.isWellFormed()).toBe(true);
  });

  it.each([
    ["without an id", { ...MESSAGE, id: undefined }],
    ["with an empty id", { ...MESSAGE, id: " " }],
    ["with an id too long", { ...MESSAGE, id: "x".repeat(257) }],
    ["with an object for an id", { ...MESSAGE, id: {} }],
    ["without content", { ...MESSAGE, content: null }],
    ["with an array for content", { ...MESSAGE, content: ["Hello"] }],
    ["without a time", { ...MESSAGE, createdAt: "soon" }],
    ["without an author", { ...MESSAGE, author: "Ann" }],
  ])("is not understood %s", (_name, value) => {
    expect(parseMessage(value).ok).toBe(false);
  });

  it("that is not understood is reported by its keys, never by its values", () => {
    const value = { id: "m1", secretText: "Hello", "anna@example.com": 1, [`k${"x".repeat(100)}`]: 1 };
    expect(parseMessage(value)).toEqual({ ok: false, keysSeen: ["id", "secretText"] });
  });

  it("takes the presumed author only if it names none", () => {
    const { author: _, ...anonymous } = MESSAGE;
    expect(parseMessage(anonymous, "owner")).toMatchObject({ value: { author: "owner" } });
    expect(parseMessage(MESSAGE, "owner")).toMatchObject({ value: { author: "visitor" } });
  });

  it("says the same in every dialect", () => {
    fc.assert(
      fc.property(messages, dialects, (message, dialect) => {
        expect(parseMessage(dialect(message))).toEqual({ ok: true, value: message });
      }),
      { numRuns: 1_000 },
    );
  });

  it("of any shape at all never throws", () => {
    const keys = fc.constantFrom(
      "id",
      "message",
      "data",
      "sender",
      "content",
      "createdAt",
      "role",
      "__proto__",
      "constructor",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.jsonValue(),
        fc.dictionary(keys, tie("tree")),
        fc.array(tie("tree"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const read = parseMessage(value);
        if (read.ok) expect(Date.parse(read.value.createdAt)).not.toBeNaN();
      }),
    );
  });
});

const messages: fc.Arbitrary<ChatMessage> = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
  author: fc.constantFrom("visitor" as const, "owner" as const),
  content: fc
    .string({ unit: "grapheme", minLength: 1 })
    .map((text) => text.replace(/\r\n?/g, "\n").replaceAll("\0", "").trim())
    .filter((text) => text !== ""),
  createdAt: fc
    .integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) })
    .map((ms) => new Date(ms).toISOString()),
});

/** One choice per field, and a wrapping. */
const dialects = fc
  .record({
    id: fc.constantFrom("id", "publicId", "messageId", "message_id", "uid", "ID", "_id"),
    content: fc.constantFrom("content", "text", "body", "Content"),
    time: fc.constantFrom("createdAt", "created_at", "sentAt", "timestamp", "sent_at", "CreatedAt"),
    timeForm: fc.constantFrom<(iso: string) => unknown>(
      (iso) => iso,
      (iso) => iso.replace("Z", "999Z"),
      (iso) => iso.slice(0, -1),
      (iso) => Date.parse(iso),
      (iso) => Date.parse(iso) / 1000,
      (iso) => String(Date.parse(iso)),
    ),
    author: fc.constantFrom<(byVisitor: boolean) => object>(
      (byVisitor) => ({ direction: byVisitor ? "inbound" : "outbound" }),
      (byVisitor) => ({ direction: byVisitor ? "INCOMING" : "OUTGOING" }),
      (byVisitor) => ({ senderType: byVisitor ? "VISITOR" : "OWNER" }),
      (byVisitor) => ({ sender: byVisitor ? "visitor" : "agent" }),
      (byVisitor) => ({ sender: { type: byVisitor ? "GUEST" : "OPERATOR" } }),
      (byVisitor) => ({ role: byVisitor ? "user" : "assistant" }),
      (byVisitor) => ({ author: { role: byVisitor ? "visitor" : "admin" } }),
      (byVisitor) => ({ from: byVisitor ? "Visitor" : "Owner" }),
      (byVisitor) => ({ isVisitor: byVisitor }),
      (byVisitor) => ({ from_visitor: byVisitor }),
      (byVisitor) => ({ isOwner: !byVisitor }),
    ),
    wrap: fc.constantFrom<(message: object) => unknown>(
      (message) => message,
      (message) => ({ data: message }),
      (message) => ({ message }),
      (message) => ({ success: true, id: "envelope", data: { message } }),
    ),
  })
  .map(
    (dialect) => (message: ChatMessage) =>
      dialect.wrap({
        [dialect.id]: message.id,
        [dialect.content]: message.content,
        [dialect.time]: dialect.timeForm(message.createdAt),
        ...dialect.author(message.author === "visitor"),
        updatedAt: null,
      }),
  );

const item = (id: string) => ({
  id,
  content: "Hello",
  createdAt: "2026-03-04T05:06:07Z",
  senderType: "OWNER",
});
const ITEMS = [item("m2"), item("m1")];

describe("a history", () => {
  it.each([
    ["a bare array", ITEMS],
    ["messages", { messages: ITEMS, hasMore: false }],
    ["data", { data: ITEMS }],
    ["items", { items: ITEMS }],
    ["results", { count: 2, results: ITEMS }],
    ["rows", { rows: ITEMS }],
    ["a page's content", { content: ITEMS, pageable: { offset: 0 } }],
    ["data.messages", { success: true, data: { messages: ITEMS } }],
    ["data.items", { data: { items: ITEMS } }],
    ["data.data", { data: { data: ITEMS } }],
    ["result.messages", { result: { messages: ITEMS } }],
    ["messages.data", { messages: { data: ITEMS } }],
    ["another case", { Messages: ITEMS }],
    ["items that are wrapped one by one", { messages: ITEMS.map((data) => ({ data })) }],
  ])("is found as %s, in the platform's order", (_name, value) => {
    expect(idsOf(value)).toEqual(["m2", "m1"]);
  });

  it.each([[[]], [{ messages: [] }], [{ data: { items: [] } }]])("may be empty: %j", (value) => {
    expect(idsOf(value)).toEqual([]);
  });

  it("leaves out an item that is not understood, and names its keys", () => {
    const read = parseMessageList([item("m1"), { id: "m2", attachment: "secret.pdf" }, null, item("m3")]);
    expect(read).toMatchObject({
      ok: true,
      value: { messages: [{ id: "m1" }, { id: "m3" }], skipped: [["id", "attachment"], []] },
    });
  });

  it("is not understood if none of its items is", () => {
    expect(parseMessageList({ messages: [{ foo: 1 }, { bar: 2 }] })).toEqual({
      ok: false,
      keysSeen: ["foo"],
    });
  });

  it.each([
    [{ error: "nope" }, ["error"]],
    ["text", []],
    [null, []],
    [undefined, []],
    [{ messages: "none" }, ["messages"]],
  ])("is not found in %j", (value, keysSeen) => {
    expect(parseMessageList(value)).toEqual({ ok: false, keysSeen });
  });
});

function idsOf(value: unknown): readonly string[] | null {
  const read = parseMessageList(value);
  return read.ok ? read.value.messages.map((message) => message.id) : null;
}
