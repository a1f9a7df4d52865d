import { describe, expect, it } from "vitest";
import { parseMessageList } from "./parse-message-list.ts";

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
