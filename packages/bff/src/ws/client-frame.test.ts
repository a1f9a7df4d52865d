import { clientFrameSchema } from "@mailoo-chat/protocol/schemas";
import { describe, expect, it } from "vitest";
import { parseClientFrame } from "./connection-machine.ts";

describe("a client's frame", () => {
  it.each([
    { type: "hello", token: "t" },
    { type: "hello", token: "t", since: "c1.x" },
    { type: "hello", token: "t", since: "c1.x", pages: true },
    { type: "pong" },
  ])("%j is read as the protocol's schema reads it", (frame) => {
    expect(parseClientFrame(JSON.stringify(frame))).toEqual(clientFrameSchema.parse(frame));
  });

  it.each([
    ["", "malformed"],
    ["{", "malformed"],
    ["[]", "malformed"],
    ["null", "malformed"],
    ['"hello"', "malformed"],
    ["{}", "malformed"],
    ['{"type":1}', "malformed"],
    ['{"type":"hello","token":"t","since":5}', "malformed"],
    ['{"type":"hello","token":"t","since":""}', "malformed"],
    [`{"type":"hello","token":"t","since":"${"x".repeat(1025)}"}`, "malformed"],
    ['{"type":"hello"}', "tokenless"],
    ['{"type":"hello","token":""}', "tokenless"],
    ['{"type":"hello","token":["t"]}', "tokenless"],
    [`{"type":"hello","token":"${"t".repeat(2049)}"}`, "tokenless"],
    ['{"type":"typing"}', "ignored"],
    ['{"type":"__proto__","__proto__":{"type":"hello"}}', "ignored"],
  ])("%j is %s", (text, type) => {
    expect(parseClientFrame(text)).toEqual({ type });
  });
});
