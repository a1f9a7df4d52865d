import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFairQueue, type Priority, type QueueEntry } from "./fair-queue.ts";

interface Entry extends QueueEntry {
  readonly id: string;
}

/** The lane is the first letter of the id. */
const interactive = (id: string): Entry => ({ id, lane: id.charAt(0), priority: "interactive" });
const background = (id: string): Entry => ({ id, lane: id.charAt(0), priority: "background" });

describe("the fair queue", () => {
  it("alternates between lanes, even if one is much longer", () => {
    const queue = createFairQueue<Entry>(100);
    for (const id of ["a1", "a2", "a3", "b1", "c1", "c2"]) queue.push(interactive(id));
    expect(drain(queue)).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
  });

  it("serves one background entry after three interactive ones", () => {
    const queue = createFairQueue<Entry>(100);
    for (const id of ["x1", "x2"]) queue.push(background(id));
    for (const id of ["a1", "b1", "c1", "d1", "e1"]) queue.push(interactive(id));
    expect(drain(queue)).toEqual(["a1", "b1", "c1", "x1", "d1", "e1", "x2"]);
  });

  it("keeps half of its room for interactive entries", () => {
    const queue = createFairQueue<Entry>(4);
    const pushed = ["x", "y", "z"].map((id) => queue.push(background(id)));
    expect(pushed).toEqual([true, true, false]);
    expect(["a", "b", "c"].map((id) => queue.push(interactive(id)))).toEqual([true, true, false]);
  });

  it("gives one lane at most a quarter", () => {
    const queue = createFairQueue<Entry>(100);
    for (let i = 0; i < 100; i += 1) queue.push(interactive(`flood ${i}`));
    expect(queue.size).toBe(25);
    expect(queue.push(interactive("somebody"))).toBe(true);
  });

  it("takes nothing if its size is zero", () => {
    expect(createFairQueue<Entry>(0).push(interactive("a"))).toBe(false);
  });

  it("keeps its limit, loses no entry and serves none twice under random operations", () => {
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
        const queue = createFairQueue<Entry>(maxSize);
        const entries: Entry[] = [];
        const waiting = new Set<Entry>();
        for (const step of history) {
          if (step.do === "push") {
            const entry = { id: String(entries.length), lane: step.lane, priority: step.priority };
            entries.push(entry);
            if (queue.push(entry)) waiting.add(entry);
          } else if (step.do === "shift") {
            const entry = queue.shift();
            if (entry === undefined) expect(waiting.size).toBe(0);
            else expect(waiting.delete(entry)).toBe(true);
          } else {
            const entry = entries[step.nth];
            if (entry !== undefined) expect(queue.remove(entry)).toBe(waiting.delete(entry));
          }
          expect(queue.size).toBe(waiting.size);
          expect(queue.size).toBeLessThanOrEqual(maxSize);
        }
        expect(new Set(queue.clear())).toEqual(waiting);
        expect(queue.shift()).toBeUndefined();
      }),
    );
  });
});

function drain(queue: ReturnType<typeof createFairQueue<Entry>>): string[] {
  const ids: string[] = [];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) ids.push(entry.id);
  return ids;
}
