import { expect, it } from "vitest";
import { inTurns } from "./in-turns.ts";

it("runs the first batch at once, and the next one after a turn of the event loop", async () => {
  const done: (number | "other")[] = [];
  const all = inTurns([1, 2, 3, 4, 5], 2, (item) => done.push(item));
  expect(done).toEqual([1, 2]);
  setImmediate(() => done.push("other"));
  await all;
  expect(done).toEqual([1, 2, 3, 4, "other", 5]);
});

it("resolves at once without items", async () => {
  await inTurns([], 2, () => expect.unreachable());
});
