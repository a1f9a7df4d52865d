import fc from "fast-check";
import { expect, test } from "vitest";
import { createEventHeap } from "./event-heap.ts";

test("hands out every event once, the earliest first", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1_000 })), (times) => {
      const heap = createEventHeap(1);
      for (const [client, atMs] of times.entries()) heap.push(atMs, client, client * 2);
      const popped: { atMs: number; client: number; tag: number }[] = [];
      while (heap.pop()) popped.push({ atMs: heap.atMs, client: heap.client, tag: heap.tag });
      expect(popped.map(({ atMs }) => atMs)).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(popped.map(({ client }) => client)).size).toBe(times.length);
      for (const { atMs, client, tag } of popped) expect([atMs, tag]).toEqual([times[client], client * 2]);
    }),
  );
});
