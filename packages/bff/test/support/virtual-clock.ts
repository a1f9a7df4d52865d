/**
 * Time for tests that live through hours of it, thousands of times over: replaces the global timers and clocks, and
 * moves only when told. Between two timers all promises settle, without a real timer's millisecond.
 */
export interface VirtualClock extends Disposable {
  readonly nowMs: number;
  /** Timers that are set and have not fired. */
  readonly pending: number;
  /** Fires what falls due, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
}

export function startVirtualClock(startMs = Date.UTC(2026, 5, 1, 12)): VirtualClock {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setImmediate: globalThis.setImmediate,
    now: Date.now,
    performanceNow: performance.now,
  };
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  let nowMs = startMs;
  let lastId = 0;

  function set(run: () => void, inMs: number): number {
    lastId += 1;
    timers.set(lastId, { atMs: nowMs + Math.max(0, inMs), run });
    return lastId;
  }

  function nextDue(untilMs: number): number | null {
    let next: number | null = null;
    let nextAtMs = untilMs;
    for (const [id, { atMs }] of timers) {
      if (next === null ? atMs <= nextAtMs : atMs < nextAtMs) [next, nextAtMs] = [id, atMs];
    }
    return next;
  }

  const settle = () => new Promise<void>((resolve) => real.setImmediate(resolve));

  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      set(() => run(...args), ms),
    clearTimeout: (id: number) => void timers.delete(id),
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => set(() => run(...args), 0),
  });
  Date.now = () => nowMs;
  performance.now = () => nowMs - startMs;

  return {
    get nowMs() {
      return nowMs;
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let id = nextDue(untilMs); id !== null; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (!timer) break;
        nowMs = Math.max(nowMs, timer.atMs);
        timer.run();
        await settle();
      }
      nowMs = untilMs;
    },
    [Symbol.dispose]() {
      globalThis.setTimeout = real.setTimeout;
      globalThis.clearTimeout = real.clearTimeout;
      globalThis.setImmediate = real.setImmediate;
      Date.now = real.now;
      performance.now = real.performanceNow;
    },
  };
}
