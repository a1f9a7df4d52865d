import { expect, it } from "vitest";
import { shapeOf } from "./shape-of.ts";

it("keeps keys and types and no value", () => {
  const answer = {
    success: true,
    messages: [
      { id: "m1", createdAt: "2026-01-01T00:00:00Z", likes: 3, sender: null },
      { id: "m2", createdAt: "2026-01-02T00:00:00Z", likes: 4, sender: null },
      { id: "m3", createdAt: 1_800_000_000, likes: "5", sender: { type: "OWNER" } },
    ],
  };
  expect(shapeOf(answer)).toEqual({
    success: "boolean",
    messages: [
      { id: "string", createdAt: "string (time)", likes: "number", sender: "null" },
      { id: "string", createdAt: "number", likes: "string (number)", sender: { type: "string" } },
    ],
  });
});

it("hides keys that look like data", () => {
  expect(shapeOf({ "ada@example.com": 1, sess_4711: 2, ok: 3 })).toEqual({ "<key>": "number", ok: "number" });
});
