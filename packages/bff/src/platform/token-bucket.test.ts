import { describe, expect, it } from "vitest";
import { fullBucket, refill, untilTokens } from "./token-bucket.ts";

const RATE = { count: 50, seconds: 10 };

describe("a token bucket", () => {
  it("begins full", () => {
    expect(fullBucket(RATE, 5)).toEqual({ tokens: 50, atMs: 5 });
  });

  it("fills evenly and no further than full", () => {
    const empty = { tokens: 0, atMs: 1_000 };
    expect(refill(empty, RATE, 1_200)).toEqual({ tokens: 1, atMs: 1_200 });
    expect(refill(empty, RATE, 100_000).tokens).toBe(50);
  });

  it("says when it will hold enough", () => {
    expect(untilTokens({ tokens: 0.5, atMs: 0 }, RATE, 1)).toBe(100);
    expect(untilTokens({ tokens: 3, atMs: 0 }, RATE, 1)).toBe(0);
  });
});
