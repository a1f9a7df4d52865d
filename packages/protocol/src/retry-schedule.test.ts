import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RECONNECT_SCHEDULE, retryDelayMs } from "./retry-schedule.ts";

const schedule = { baseMs: 1_000, maxMs: 30_000 };

describe("retry schedule", () => {
  it("draws the delay evenly from zero to a ceiling that doubles", () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(schedule, attempt, 0.5))).toEqual([
      500, 1_000, 2_000, 4_000,
    ]);
    expect(retryDelayMs(schedule, 1, 0)).toBe(0);
  });

  it("never exceeds its ceiling after any number of failed attempts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const delayMs = retryDelayMs(RECONNECT_SCHEDULE, attempt, random);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(RECONNECT_SCHEDULE.maxMs);
        },
      ),
    );
  });

  it("lays the jitter on top of a wait that the server asked for", () => {
    expect(retryDelayMs(schedule, 1, 0, 5_000)).toBe(5_000);
    expect(retryDelayMs(schedule, 1, 0.5, 5_000)).toBe(5_500);
  });
});
