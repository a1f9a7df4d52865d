import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hmacSha256 } from "./hmac-sha256.ts";

it("is what node:crypto says, for keys of any length", () => {
  const texts = fc.string({ unit: "grapheme", maxLength: 200 });
  fc.assert(
    fc.property(texts, texts, (key, text) => {
      expect(hmacSha256(key, text)).toBe(createHmac("sha256", key).update(text).digest("base64url"));
    }),
  );
});

it.each([63, 64, 65])("is so for a key of %i bytes, around the length of a block", (bytes) => {
  const key = "k".repeat(bytes);
  expect(hmacSha256(key, "text")).toBe(createHmac("sha256", key).update("text").digest("base64url"));
});

// RFC 4231, test case 2.
it("says what the standard's example says", () => {
  const digest = Buffer.from(hmacSha256("Jefe", "what do ya want for nothing?"), "base64url").toString("hex");
  expect(digest).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});
