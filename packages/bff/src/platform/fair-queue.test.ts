import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFairQueue, type FairQueue, type Priority } from "./fair-queue.ts";

const interactive = (lane: string) => ({ lane, priority: "interactive" as const });
const background = (lane: string) => ({ lane, priority: "background" as const });

describe("the fair queue", () => {
  it("gives the lanes turns, however long one of them is", () => {
    const queue = createFairQueue<string>(100);
    for (const entry of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.push(entry, interactive(entry.charAt(0)));
    expect(drain(queue)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
  });

  it("lets one background entry go after three interactive ones", () => {
    const queue = createFairQueue<string>(100);
    for (const entry of ["x1", "x2"]) queue.push(entry, background("x"));
    for (const entry of ["a1", "b1", "c1", "d1", "e1"]) queue.push(entry, interactive(entry.charAt(0)));
    expect(drain(queue)).toEqual(["a1", "b1", "c1", "x1", "d1", "e1", "x2"]);
  });

  it("turns a background newcomer away when full", () => {
    const queue = createFairQueue<string>(2);
    queue.push("a", interactive("a"));
    queue.push("b", background("b"));
    expect(queue.push("c", background("c"))).toEqual({ kind: "refused" });
    expect(drain(queue)).toEqual(["a", "b"]);
  });

  it("makes room for an interactive newcomer at the cost of the newest background entry", () => {
    const queue = createFairQueue<string>(3);
    for (const entry of ["x", "y", "z"]) queue.push(entry, background(entry));
    queue.remove("z");
    queue.push("a", interactive("a"));
    expect(queue.push("b", interactive("b"))).toEqual({ kind: "displaced", entry: "y" });
    expect(queue.push("c", interactive("c"))).toEqual({ kind: "displaced", entry: "x" });
    expect(queue.push("d", interactive("d"))).toEqual({ kind: "refused" });
    expect(drain(queue)).toEqual(["a", "b", "c"]);
  });

  it("never lets one lane take more than a quarter", () => {
    const queue = createFairQueue<number>(100);
    for (let i = 0; i < 100; i += 1) queue.push(i, interactive("flood"));
    expect(queue.size).toBe(25);
    expect(queue.push(1_000, interactive("somebody"))).toEqual({ kind: "queued" });
  });

  it("takes nothing at all where its size is zero", () => {
    const queue = createFairQueue<string>(0);
    expect(queue.push("a", interactive("a"))).toEqual({ kind: "refused" });
  });

  it("forgets whoever leaves", () => {
    const queue = createFairQueue<string>(10);
    for (const entry of ["a", "b", "c"]) queue.push(entry, interactive("one"));
    expect(queue.remove("b")).toBe(true);
    expect(queue.remove("b")).toBe(false);
    expect(drain(queue)).toEqual(["a", "c"]);
  });

  it("keeps its bound, loses nobody and serves nobody twice, whatever happens", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          do: fc.constant("push" as const),
          lane: fc.constantFrom("a", "b", "c"),
          priority: fc.constantFrom<Priority>("interactive", "background"),
        }),
        fc.record({ do: fc.constant("shift" as const) }),
        fc.record({ do: fc.constant("remove" as const), nth: fc.nat(40) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), (history, maxSize) => {
        const queue = createFairQueue<number>(maxSize);
        const waiting = new Set<number>();
        let next = 0;
        for (const step of history) {
          if (step.do === "push") {
            next += 1;
            const pushed = queue.push(next, step);
            if (pushed.kind !== "refused") waiting.add(next);
            if (pushed.kind === "displaced") expect(waiting.delete(pushed.entry)).toBe(true);
          } else if (step.do === "shift") {
            const entry = queue.shift();
            if (entry === undefined) expect(waiting.size).toBe(0);
            else expect(waiting.delete(entry)).toBe(true);
          } else {
            expect(queue.remove(step.nth)).toBe(waiting.delete(step.nth));
          }
          expect(queue.size).toBe(waiting.size);
          expect(queue.size).toBeLessThanOrEqual(maxSize);
        }
        expect(new Set(drain(queue))).toEqual(waiting);
      }),
    );
  });
});

function drain<T>(queue: FairQueue<T>): T[] {
  const entries: T[] = [];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) entries.push(entry);
  return entries;
}
