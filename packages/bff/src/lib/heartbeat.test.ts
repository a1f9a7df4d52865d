import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHeartbeats } from "./heartbeat.ts";

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

it("calls each member once per interval, first after one full interval", () => {
  const beat = vi.fn<(member: string) => void>();
  const heartbeats = createHeartbeats(20_000, beat);
  heartbeats.add("a");
  vi.advanceTimersByTime(19_999);
  expect(beat).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1 + IMMEDIATE_MS);
  expect(beat).toHaveBeenCalledExactlyOnceWith("a");
  vi.advanceTimersByTime(40_000);
  expect(beat).toHaveBeenCalledTimes(3);
  heartbeats.stop();
});

it("spreads members over the turn by the time they came", () => {
  const beats: [string, number][] = [];
  const startMs = Date.now();
  const heartbeats = createHeartbeats<string>(20_000, (member) => beats.push([member, Date.now() - startMs]));
  heartbeats.add("early");
  vi.advanceTimersByTime(10_000);
  heartbeats.add("late");
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beats).toEqual([
    ["early", 20_000 + IMMEDIATE_MS],
    ["late", 30_000 + IMMEDIATE_MS],
  ]);
  heartbeats.stop();
});

it("does not call a removed member, even within the same step, and none after it was stopped", () => {
  const beat = vi.fn<(member: string) => void>();
  const heartbeats = createHeartbeats<string>(20_000, (member) => {
    beat(member);
    heartbeats.remove("b");
  });
  heartbeats.add("a");
  heartbeats.add("b");
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beat).toHaveBeenCalledExactlyOnceWith("a");
  heartbeats.stop();
  vi.advanceTimersByTime(60_000);
  expect(beat).toHaveBeenCalledOnce();
});

it("lets the process do something else between many beats of one step", async () => {
  let beats = 0;
  const heartbeats = createHeartbeats<number>(20_000, (member) => {
    beats += 1;
    if (member === 0) {
      heartbeats.remove(199);
      heartbeats.add(200);
    }
  });
  for (let member = 0; member < 200; member += 1) heartbeats.add(member);
  vi.advanceTimersByTime(20_000 + IMMEDIATE_MS);
  expect(beats).toBeGreaterThan(0);
  expect(beats).toBeLessThan(100);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(0);
    // Neither the one that has left nor the one that has come.
    expect(beats).toBe(199);
  });
  heartbeats.stop();
});

it("calls a member once after the process stood still, and then a whole turn later", () => {
  const beats: number[] = [];
  const startMs = Date.now();
  let stalledMs = 0;
  const now = () => Date.now() - startMs + stalledMs;
  const heartbeats = createHeartbeats<string>(20_000, () => beats.push(now()), now);
  heartbeats.add("a");
  vi.advanceTimersByTime(10_000);
  // Timers that are due meanwhile fire once, at the end.
  stalledMs = 100_000;
  vi.advanceTimersByTime(30_000);
  expect(beats).toEqual([110_000 + IMMEDIATE_MS, 130_000 + IMMEDIATE_MS]);
  heartbeats.stop();
});
