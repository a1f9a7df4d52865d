import { describe, expect, it } from "vitest";
import { type Load, nextLoad } from "./event-loop-lag.ts";

function after(...lagsMs: number[]): boolean {
  let load: Load = { slowSamples: 0, overloaded: false };
  for (const lagMs of lagsMs) load = nextLoad(load, lagMs);
  return load.overloaded;
}

describe("a process", () => {
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
