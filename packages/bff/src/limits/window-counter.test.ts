import { expect, it } from "vitest";
import { createWindowCounter } from "./window-counter.ts";

it("lets the count through and says when to come back", () => {
  let nowMs = 0;
  const counter = createWindowCounter({ count: 2, seconds: 10 }, () => nowMs);
  expect(counter.take("a")).toEqual({ ok: true });
  nowMs = 4_000;
  expect(counter.take("a")).toEqual({ ok: true });
  expect(counter.take("a")).toEqual({ ok: false, retryInMs: 6_000 });
  nowMs = 10_000;
  expect(counter.take("a")).toEqual({ ok: true });
});

it("counts each key by itself", () => {
  const counter = createWindowCounter({ count: 1, seconds: 10 }, () => 0);
  expect(counter.take("a").ok).toBe(true);
  expect(counter.take("b").ok).toBe(true);
  expect(counter.take("a").ok).toBe(false);
});

it("forgets windows that have ended", () => {
  let nowMs = 0;
  const counter = createWindowCounter({ count: 1, seconds: 10 }, () => nowMs);
  for (let key = 0; key < 100; key++) counter.take(String(key));
  nowMs = 10_000;
  counter.take("new");
  expect(counter.size).toBe(1);
});

it("forgets the oldest window beyond its bound", () => {
  const counter = createWindowCounter({ count: 1, seconds: 10 }, () => 0, 3);
  for (const key of ["a", "b", "c", "d"]) counter.take(key);
  expect(counter.size).toBe(3);
  expect(counter.take("d").ok).toBe(false);
  expect(counter.take("a").ok).toBe(true);
});
