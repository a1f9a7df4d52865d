import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHeartbeatWheel } from "./heartbeat.ts";

/** How much later the fake clock calls what `setImmediate` was given. */
const IMMEDIATE_MS = 1;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setInterval", "clearInterval", "setImmediate", "clearImmediate", "Date", "performance"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it("calls each member once a turn, the first time after a whole turn", () => {
  const beat = vi.fn<(member: string) => void>();
  const wheel = createHeartbeatWheel(20_000, beat);
  wheel.add("a");
  vi.advanceTimersByTime(19_999);
  expect(beat).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1 + IMMEDIATE_MS);
  expect(beat).toHaveBeenCalledExactlyOnceWith("a");
  vi.advanceTimersByTime(40_000);
  expect(beat).toHaveBeenCalledTimes(3);
  wheel.stop();
});

it("spreads members over the turn by the time they came", () => {
  const beats: [string, number][] = [];
  const startMs = Date.now();
  const wheel = createHeartbeatWheel<string>(20_000, (member) => beats.push([member, Date.now() - startMs]));
  wheel.add("early");
  vi.advanceTimersByTime(10_000);
  wheel.add("late");
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beats).toEqual([
    ["early", 20_000 + IMMEDIATE_MS],
    ["late", 30_000 + IMMEDIATE_MS],
  ]);
  wheel.stop();
});

it("does not call a removed member, even within the same step, and none after it was stopped", () => {
  const beat = vi.fn<(member: string) => void>();
  const wheel = createHeartbeatWheel<string>(20_000, (member) => {
    beat(member);
    wheel.remove("b");
  });
  wheel.add("a");
  wheel.add("b");
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beat).toHaveBeenCalledExactlyOnceWith("a");
  wheel.stop();
  vi.advanceTimersByTime(60_000);
  expect(beat).toHaveBeenCalledOnce();
});

it("lets the process do something else between many beats of one step", async () => {
  let beats = 0;
  const wheel = createHeartbeatWheel<number>(20_000, (member) => {
    beats += 1;
    if (member === 0) {
      wheel.remove(199);
      wheel.add(200);
    }
  });
  for (let member = 0; member < 200; member += 1) wheel.add(member);
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beats).toBeGreaterThan(0);
  expect(beats).toBeLessThan(100);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(0);
    // Neither the one that has left nor the one that has come.
    expect(beats).toBe(199);
  });
  wheel.stop();
});

it("calls a member once after the process stood still, and then a whole turn later", () => {
  const beats: number[] = [];
  const startMs = Date.now();
  let stalledMs = 0;
  const now = () => Date.now() - startMs + stalledMs;
  const wheel = createHeartbeatWheel<string>(20_000, () => beats.push(now()), now);
  wheel.add("a");
  vi.advanceTimersByTime(10_000);
  // Timers that are due meanwhile fire once, at the end.
  stalledMs = 100_000;
  vi.advanceTimersByTime(30_000);
  expect(beats).toEqual([110_000 + IMMEDIATE_MS, 130_000 + IMMEDIATE_MS]);
  wheel.stop();
});
