import { monitorEventLoopDelay } from "node:perf_hooks";

/** Whether the process keeps up with its work. */
export interface EventLoopLag {
  /** Mean delay of the last second, in milliseconds. */
  readonly lagMs: number;
  /** New work should be refused. Ends only well below the mark at which it begins. */
  readonly overloaded: boolean;
  stop(): void;
}

const RESOLUTION_MS = 20;
const SAMPLE_MS = 1_000;
const OVERLOADED_FROM_MS = 400;
const RECOVERED_BELOW_MS = 150;

export function watchEventLoopLag(): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let lagMs = 0;
  let overloaded = false;
  const timer = setInterval(() => {
    // The histogram holds the whole interval between two samples, the resolution included; NaN where it is empty.
    lagMs = Math.max(0, (histogram.mean || 0) / 1e6 - RESOLUTION_MS);
    histogram.reset();
    overloaded = isOverloaded(overloaded, lagMs);
  }, SAMPLE_MS);
  timer.unref();
  return {
    get lagMs() {
      return lagMs;
    },
    get overloaded() {
      return overloaded;
    },
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

export function isOverloaded(before: boolean, lagMs: number): boolean {
  return lagMs > (before ? RECOVERED_BELOW_MS : OVERLOADED_FROM_MS);
}
