import { expect, it } from "vitest";
import { parseVisitorField, type VisitorField } from "./visitor-fields.ts";

it.each<[VisitorField, unknown, string | undefined]>([
  ["email", "ada@example.com", "ada@example.com"],
  ["email", " ada@example.com\n", "ada@example.com"],
  ["email", "josé@example.com", "josé@example.com"],
  ["email", "用户@例子.广告", "用户@例子.广告"],
  ["email", "o'hara+shop@mail.example.co.uk", "o'hara+shop@mail.example.co.uk"],
  ["email", "ada", undefined],
  ["email", "ada@example", undefined],
  ["email", "ada@example.", undefined],
  ["email", "ada@.example", undefined],
  ["email", "ada@b@example.com", undefined],
  ["email", "ada lovelace@example.com", undefined],
  ["email", `${"a".repeat(320)}@example.com`, undefined],
  ["name", " Ada Lovelace ", "Ada Lovelace"],
  ["name", "A".repeat(200), "A".repeat(200)],
  ["name", "A".repeat(201), undefined],
  ["name", "\u200b\u{e0041}", undefined],
  ["name", "Ada\0", undefined],
  ["name", "Ada\ud83d", undefined],
  ["name", "", undefined],
  ["name", null, undefined],
  ["name", { first: "Ada" }, undefined],
])("reads %s %j as %j", (field, value, expected) => {
  expect(parseVisitorField(field, value)).toBe(expected);
});

it("takes linear time on a hostile address", () => {
  const startedAtMs = Date.now();
  for (let round = 0; round < 1000; round += 1) parseVisitorField("email", `a@${".a".repeat(158)}@`);
  expect(Date.now() - startedAtMs).toBeLessThan(5_000);
});
