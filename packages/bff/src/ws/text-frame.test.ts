import { expect, it } from "vitest";
import { toTextFrame } from "./text-frame.ts";

// The examples are those of RFC 6455, section 5.7.

it("frames a short text", () => {
  expect(toTextFrame("Hello").toString("hex")).toBe("810548656c6c6f");
});

it.each([
  { bytes: 0, header: "8100" },
  { bytes: 125, header: "817d" },
  { bytes: 126, header: "817e007e" },
  { bytes: 256, header: "817e0100" },
  { bytes: 65_535, header: "817effff" },
  { bytes: 65_536, header: "817f0000000000010000" },
])("says that $bytes bytes follow", ({ bytes, header }) => {
  const frame = toTextFrame("x".repeat(bytes));
  expect(frame.toString("hex", 0, frame.length - bytes)).toBe(header);
});

it("counts bytes, not characters", () => {
  const frame = toTextFrame("Grüße 👋");
  expect(frame[1]).toBe(12);
  expect(frame.toString("utf8", 2)).toBe("Grüße 👋");
});
