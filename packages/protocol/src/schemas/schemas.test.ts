import { describe, expect, it } from "vitest";
import { clientFrameSchema, serverFrameSchema, submitRequestSchema } from "./index.ts";

describe("submit request", () => {
  it("comes out normalised and with its defaults", () => {
    expect(submitRequestSchema.parse({ content: " a\r\nb ", unknown: 1 })).toEqual({
      content: "a\nb",
      attempt: 1,
      after: null,
    });
  });

  it.each([
    ["no content", {}],
    ["blank content", { content: " \n" }],
    ["content as a list", { content: ["a"] }],
    ["content with NUL", { content: "a\0b" }],
    ["a lone surrogate", { content: "\ud800" }],
    ["content that is too long", { content: "x".repeat(4001) }],
    ["a client id with other characters", { content: "a", clientMessageId: "a/b" }],
    ["a client id that is too long", { content: "a", clientMessageId: "x".repeat(65) }],
    ["a visitor key that is too short to be a secret", { content: "a", visitorKey: "x".repeat(21) }],
    ["attempt zero", { content: "a", attempt: 0 }],
    ["attempt as text", { content: "a", attempt: "1" }],
    ["an attempt that is no whole number", { content: "a", attempt: 1.5 }],
    ["a session id as a list", { content: "a", sessionPublicId: ["s"] }],
    ["an identity token that is no text", { content: "a", visitor: { token: 5 } }],
    ["a list in place of an object", []],
  ])("is refused with %s", (_, body) => {
    expect(submitRequestSchema.safeParse(body).success).toBe(false);
  });

  it.each([
    [{ email: "nobody" }, {}],
    [
      { name: "Ada", email: "josé@example.com" },
      { name: "Ada", email: "josé@example.com" },
    ],
    [{ name: " Ada ", email: "", token: "" }, { name: "Ada" }],
    [{ name: null, email: ["a@b.example"], token: null }, {}],
    [{ name: "A".repeat(201), email: `${"a".repeat(320)}@example.com` }, {}],
    [null, undefined],
  ])("takes of the visitor %j what can be used", (visitor, expected) => {
    expect(submitRequestSchema.parse({ content: "a", visitor }).visitor).toEqual(expected);
  });

  it.each([
    [
      { plan: "pro", seats: 3, beta: true },
      { plan: "pro", seats: 3, beta: true },
    ],
    [{ plan: "pro", cart: [1], owner: { name: "Ada" }, nothing: null }, { plan: "pro" }],
    ["Plan: pro", undefined],
    [["pro"], undefined],
    [null, undefined],
  ])("takes of the context %j what can be used", (context, expected) => {
    expect(submitRequestSchema.parse({ content: "a", context }).context).toEqual(expected);
  });

  it("does not let __proto__ through", () => {
    const parsed = submitRequestSchema.parse(JSON.parse('{"content":"a","__proto__":{"attempt":9}}'));
    expect(parsed.attempt).toBe(1);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});

describe("frames", () => {
  it("from a browser are hello and pong, and nothing else", () => {
    expect(clientFrameSchema.safeParse({ type: "hello", token: "t", since: "c1.x" }).success).toBe(true);
    expect(clientFrameSchema.safeParse({ type: "pong" }).success).toBe(true);
    for (const frame of [{ type: "hello" }, { type: "hello", token: 1 }, { type: "submit" }, null, "pong"]) {
      expect(clientFrameSchema.safeParse(frame).success).toBe(false);
    }
  });

  it("to a browser carry a cursor that begins with its version", () => {
    const ready = {
      type: "ready",
      messages: [],
      more: false,
      truncated: false,
      heartbeatMs: 20_000,
      upstream: "ok",
    };
    expect(serverFrameSchema.safeParse({ ...ready, cursor: null }).success).toBe(true);
    expect(serverFrameSchema.safeParse({ ...ready, cursor: "c1.abc" }).success).toBe(true);
    expect(serverFrameSchema.safeParse({ ...ready, cursor: "2026-01-01" }).success).toBe(false);
  });
});
