import { setTimeout as sleep } from "node:timers/promises";

/** Starts something at a steady rate, however long each takes. Resolves when all are done. */
export async function atRate(
  perSecond: number,
  count: number,
  task: (index: number) => Promise<void> | void,
): Promise<void> {
  const open: (Promise<void> | void)[] = [];
  const startedAtMs = performance.now();
  for (let begun = 0; begun < count; begun += 1) {
    const waitMs = startedAtMs + (begun * 1000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    open.push(task(begun));
  }
  await Promise.all(open);
}
