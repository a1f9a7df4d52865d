import { expect, test } from "vitest";
import type { Phase, Visit } from "./measure-visit.ts";
import { toSummary } from "./to-summary.ts";

const phase = (change: Partial<Phase> = {}): Phase => ({
  requests: 0,
  bytes: 0,
  scriptMs: 1,
  taskMs: 10,
  blockingMs: 0,
  heapBytes: 1_000,
  elements: 20,
  ...change,
});

const visits = (all: readonly Visit[]) => ({ normal: all, slow: all });
const empty = visits([{ load: phase(), open: null }]);

test("takes the median of the visits, less what the page costs by itself", () => {
  const taskMs = [30, 900, 40];
  const { load } = toSummary(
    visits(taskMs.map((ms) => ({ load: phase({ taskMs: ms }), open: null }))),
    empty,
  );
  expect(load.normal.taskMs).toBe(30);
  expect(load.elements).toBe(0);
});

test("what has travelled when the chat is open is what travelled before, too", () => {
  const load = phase({ bytes: 2_000, requests: 1, heapBytes: 1_100, elements: 24 });
  const open = phase({ bytes: 11_000, requests: 2, heapBytes: 1_500, elements: 60 });
  const summary = toSummary(visits([{ load, open }]), empty);
  expect(summary.open).toMatchObject({ bytes: 13_000, requests: 3, heapBytes: 500, elements: 40 });
});

test("the time of opening is counted by itself", () => {
  const summary = toSummary(visits([{ load: phase({ taskMs: 500 }), open: phase({ taskMs: 7 }) }]), empty);
  expect(summary.open?.slow.taskMs).toBe(7);
});

test("chance never makes a chat cheaper than none", () => {
  const { load } = toSummary(visits([{ load: phase({ scriptMs: 0.5 }), open: null }]), empty);
  expect(load.normal.scriptMs).toBe(0);
});
