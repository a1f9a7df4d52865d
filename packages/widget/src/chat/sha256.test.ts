import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sha256 } from "./sha256.ts";

describe("sha256", () => {
  it("agrees with the platform's, around every block's edge", () => {
    for (let length = 0; length < 200; length += 1) {
      const text = Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7 + length) % 90))).join(
        "",
      );
      expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
    }
  });
});
