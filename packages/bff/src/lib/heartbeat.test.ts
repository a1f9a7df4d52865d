import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHeartbeatWheel } from "./heartbeat.ts";

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
  vi.advanceTimersByTime(1);
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
  vi.advanceTimersByTime(20_000);
  expect(beats).toEqual([
    ["early", 20_000],
    ["late", 30_000],
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
  vi.advanceTimersByTime(20_000);
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
  vi.advanceTimersByTime(20_000);
  expect(beats).toBeGreaterThan(0);
  expect(beats).toBeLessThan(100);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(0);
    // Neither the one that has left nor the one that has come.
    expect(beats).toBe(199);
  });
  wheel.stop();
});

it("makes up for what a busy process was late with", () => {
  const process = stallingProcess();
  const beats: number[] = [];
  const wheel = createHeartbeatWheel<string>(20_000, () => beats.push(process.now()), 40, process.now);
  wheel.add("a");
  for (let stall = 0; stall < 8; stall += 1) process.standStillFor(5_000);
  expect(beats).toEqual([20_000, 40_000]);
  wheel.stop();
});

it("leaves half a turn between two beats of a member, however long the process stood still", () => {
  const process = stallingProcess();
  const beatsOf = new Map<string, number[]>();
  const note = (member: string) => beatsOf.set(member, [...(beatsOf.get(member) ?? []), process.now()]);
  const wheel = createHeartbeatWheel<string>(20_000, note, 40, process.now);
  for (let at = 0; at < 40; at += 1) {
    wheel.add(`member ${at}`);
    vi.advanceTimersByTime(500);
  }
  process.standStillFor(300_000);
  vi.advanceTimersByTime(60_000);
  expect(beatsOf.size).toBe(40);
  for (const beats of beatsOf.values()) {
    const gapsMs = beats.slice(1).map((atMs, index) => atMs - (beats[index] ?? 0));
    expect(Math.min(...gapsMs)).toBeGreaterThan(9_990);
  }
  wheel.stop();
});

/** A clock that advances while timers do not. */
function stallingProcess() {
  let stalledMs = 0;
  const startMs = Date.now();
  return {
    now: () => Date.now() - startMs + stalledMs,
    /** What is due meanwhile fires once, at the end. */
    standStillFor(ms: number): void {
      stalledMs += ms - STEP_MS;
      vi.advanceTimersByTime(STEP_MS);
      vi.advanceTimersByTime(0);
    },
  };
}

const STEP_MS = 500;
