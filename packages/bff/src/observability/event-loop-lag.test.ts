import { describe, expect, it } from "vitest";
import { type Load, nextLoad, watchEventLoopLag } from "./event-loop-lag.ts";

function after(...lagsMs: number[]): boolean {
  let load: Load = { slowSamples: 0, overloaded: false };
  for (const lagMs of lagsMs) load = nextLoad(load, lagMs);
  return load.overloaded;
}

function blockFor(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

describe("a process", () => {
  it("is overloaded when each turn of its event loop lasts over a second", { timeout: 60_000 }, async () => {
    const lag = watchEventLoopLag();
    try {
      for (let turn = 0; turn < 6; turn++) {
        blockFor(1_100);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(lag.lagMs).toBeGreaterThan(900);
      expect(lag.overloaded).toBe(true);
      await expect.poll(() => lag.overloaded, { timeout: 30_000 }).toBe(false);
    } finally {
      lag.stop();
    }
  });

  it("is overloaded after three slow seconds in a row, not after a burst", () => {
    expect(after(900, 900)).toBe(false);
    expect(after(900, 900, 10, 900, 900)).toBe(false);
    expect(after(900, 900, 900)).toBe(true);
  });

  it("has recovered once it is well below the mark", () => {
    expect(after(900, 900, 900, 300)).toBe(true);
    expect(after(900, 900, 900, 300, 100)).toBe(false);
  });
});
