import { createOldestFirst } from "../oldest-first.ts";
import type { RateLimit } from "./rate-limit-setting.ts";

export type TakeVerdict =
  | { readonly ok: true }
  /** `retryInMs`: when the window ends. */
  | { readonly ok: false; readonly retryInMs: number };

/** Counts by key in fixed windows. */
export interface WindowCounter {
  take(key: string): TakeVerdict;
  readonly size: number;
}

/**
 * In memory, and bounded: beyond `maxKeys` the oldest window is forgotten, which lets its owner start anew. An
 * attacker with so many addresses is not one that a limit by address stops.
 *
 * @param now milliseconds from any start; never steps
 */
export function createWindowCounter(
  limit: RateLimit,
  now: () => number = () => performance.now(),
  maxKeys = 50_000,
): WindowCounter {
  const windows = new Map<string, { count: number; readonly endsAtMs: number }>();
  const oldest = createOldestFirst(
    () => windows.entries(),
    ([key, window]) => windows.get(key) === window,
  );

  return {
    take(key) {
      const nowMs = now();
      const current = windows.get(key);
      if (current && current.endsAtMs > nowMs) {
        if (current.count >= limit.count) return { ok: false, retryInMs: current.endsAtMs - nowMs };
        current.count++;
        return { ok: true };
      }
      // Deleted first, so that the map stays ordered by the windows' ends.
      windows.delete(key);
      forgetEnded(nowMs);
      windows.set(key, { count: 1, endsAtMs: nowMs + limit.seconds * 1000 });
      return { ok: true };
    },

    get size() {
      return windows.size;
    },
  };

  function forgetEnded(nowMs: number): void {
    for (let first = oldest(); first !== undefined; first = oldest()) {
      const [key, { endsAtMs }] = first;
      if (endsAtMs > nowMs && windows.size < maxKeys) return;
      windows.delete(key);
    }
  }
}
