import { expect, it } from "vitest";
import { inTurns } from "./in-turns.ts";

it("does the first ones at once, and lets others have their turn before the next", async () => {
  const done: (number | "other")[] = [];
  const all = inTurns([1, 2, 3, 4, 5], 2, (item) => done.push(item));
  expect(done).toEqual([1, 2]);
  setImmediate(() => done.push("other"));
  await all;
  expect(done).toEqual([1, 2, 3, 4, "other", 5]);
});

it("is over at once where there is nothing to do", async () => {
  await inTurns([], 2, () => expect.unreachable());
});
