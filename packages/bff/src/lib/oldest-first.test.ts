import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createOldestFirst } from "./oldest-first.ts";

it("tells what a new iterator would give first, whatever has come and gone", () => {
  const steps = fc.array(
    fc.record({ what: fc.constantFrom("add", "add again", "delete", "take"), key: fc.nat(12) }),
    { maxLength: 80, size: "max" },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const map = new Map<number, object>();
      const oldest = createOldestFirst(
        () => map.entries(),
        ([key, value]) => map.get(key) === value,
      );
      for (const { what, key } of all) {
        if (what === "delete") map.delete(key);
        if (what === "take") map.delete(oldest()?.[0] ?? -1);
        if (what === "add again") map.delete(key);
        if (what.startsWith("add") && !map.has(key)) map.set(key, {});
        expect(oldest()).toEqual(map.entries().next().value);
      }
    }),
  );
});

it("goes on where it stopped", () => {
  const set = new Set([-1]);
  const begin = vi.fn(() => set.values());
  const oldest = createOldestFirst(begin, (item) => set.has(item));
  for (let item = 0; item < 1_000; item += 1) {
    set.add(item);
    expect(oldest()).toBe(item - 1);
    set.delete(item - 1);
  }
  expect(begin).toHaveBeenCalledTimes(1);
});
