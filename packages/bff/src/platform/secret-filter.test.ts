import { describe, expect, it } from "vitest";
import { createSecretFilter } from "./secret-filter.ts";

const KEY = "ml_live/canary+key=1";

describe("the secret filter", () => {
  const secrets = createSecretFilter(KEY);

  it.each([
    ["plain", KEY],
    ["percent-encoded", encodeURIComponent(KEY)],
    ["in Base64", Buffer.from(KEY).toString("base64").replace("=", "")],
  ])("takes the key out of a text where it stands %s", (_name, form) => {
    expect(secrets.text(`a ${form} b ${form}`)).toBe("a [redacted] b [redacted]");
    expect(secrets.holdsSecret(`x${form}y`)).toBe(true);
  });

  it("cleans every field of a message, and leaves others as they are", () => {
    const message = {
      id: "m1",
      author: "owner",
      content: "Hello",
      createdAt: "2026-01-01T00:00:00.000Z",
    } as const;
    expect(secrets.message(message)).toBe(message);
    expect(secrets.message({ ...message, id: `m${KEY}`, content: `see ${KEY}`, authorName: KEY })).toEqual({
      ...message,
      id: "m[redacted]",
      content: "see [redacted]",
      authorName: "[redacted]",
    });
  });

  it("does not look for a key so short that it would be part of ordinary words", () => {
    expect(createSecretFilter("on").text("once upon")).toBe("once upon");
    expect(createSecretFilter("").text("once upon")).toBe("once upon");
  });
});
