import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHeartbeatWheel } from "./heartbeat-wheel.ts";

beforeEach(() => {
  vi.useFakeTimers();
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

it("calls nobody who has left, even within the same step, and nobody once stopped", () => {
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
