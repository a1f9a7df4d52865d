import { execFileSync } from "node:child_process";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { toDotenvValue } from "./dotenv.ts";

describe("toDotenvValue", () => {
  it.each([
    "https://www.example.com,https://*.example.com",
    "Hello!",
    'She said "hello"',
    "We're here",
    "Costs $5 \\ `now` # not a comment",
    "Grüße, 🙂",
  ])("is read by Node and by a shell as it was: %s", (value) => {
    const line = `NAME=${toDotenvValue(value)}`;
    expect(parseEnv(line).NAME).toBe(value);
    expect(execFileSync("sh", ["-c", `${line}; printf %s "$NAME"`], { encoding: "utf8" })).toBe(value);
  });

  it("keeps lines apart for Node", () => {
    expect(parseEnv(`NAME=${toDotenvValue("one\ntwo")}`).NAME).toBe("one\ntwo");
  });
});
