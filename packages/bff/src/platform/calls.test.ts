import { describe, expect, it } from "vitest";
import { createQuotaHold } from "./calls.ts";

describe("the quota hold", () => {
  it("lasts as long as the platform asks, within reason", () => {
    const { hold, pass } = start();
    expect(hold.remainingMs()).toBe(0);
    hold.rateLimited(5_000);
    pass(4_000);
    expect(hold.remainingMs()).toBe(1_000);
    pass(1_000);
    expect(hold.remainingMs()).toBe(0);
    hold.rateLimited(3_600_000);
    expect(hold.remainingMs()).toBe(30_000);
  });

  it("lasts a second if the platform gives no time, and never becomes shorter", () => {
    const { hold } = start();
    hold.rateLimited(null);
    expect(hold.remainingMs()).toBe(1_000);
    hold.rateLimited(10);
    expect(hold.remainingMs()).toBe(1_000);
  });
});

function start() {
  let nowMs = 0;
  return {
    hold: createQuotaHold(() => nowMs),
    pass(ms: number) {
      nowMs += ms;
    },
  };
}
