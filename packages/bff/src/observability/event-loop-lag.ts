import { monitorEventLoopDelay } from "node:perf_hooks";

/** Whether the process is overloaded. */
export interface EventLoopLag {
  /** Mean delay of the last second, in milliseconds. */
  readonly lagMs: number;
  /** New work should be refused. */
  readonly overloaded: boolean;
  stop(): void;
}

const RESOLUTION_MS = 20;
const SAMPLE_MS = 1_000;

export function watchEventLoopLag(): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let lagMs = 0;
  let load: Load = { slowSamples: 0, overloaded: false };
  let seen = { count: 0, totalNs: 0 };
  const timer = setInterval(() => {
    // Never reset, because the first delay after a reset is not recorded, and it may be the only one of that second.
    const { count } = histogram;
    if (count === seen.count) return;
    const totalNs = histogram.mean * count;
    const meanMs = (totalNs - seen.totalNs) / (count - seen.count) / 1e6;
    seen = { count, totalNs };
    // The histogram records the whole interval between two ticks.
    lagMs = Math.max(0, meanMs - RESOLUTION_MS);
    load = nextLoad(load, lagMs);
  }, SAMPLE_MS);
  timer.unref();
  return {
    get lagMs() {
      return lagMs;
    },
    get overloaded() {
      return load.overloaded;
    },
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

export interface Load {
  /** Consecutive. */
  readonly slowSamples: number;
  readonly overloaded: boolean;
}

const SLOW_FROM_MS = 400;
/** One slow second is a burst; several are an overload. */
const OVERLOADED_AFTER_SAMPLES = 3;
/** Well below `SLOW_FROM_MS`, so that the state does not flap. */
const RECOVERED_BELOW_MS = 150;

export function nextLoad({ slowSamples, overloaded }: Load, lagMs: number): Load {
  if (overloaded) return { slowSamples: 0, overloaded: lagMs >= RECOVERED_BELOW_MS };
  const slow = lagMs >= SLOW_FROM_MS ? slowSamples + 1 : 0;
  return { slowSamples: slow, overloaded: slow >= OVERLOADED_AFTER_SAMPLES };
}
