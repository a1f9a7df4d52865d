import { monitorEventLoopDelay } from "node:perf_hooks";

/** Whether the process keeps up with its work. */
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
    // Never reset: after a reset the next delay is not recorded, which is the only one when a turn lasts over a second.
    const { count } = histogram;
    if (count === seen.count) return;
    const totalNs = histogram.mean * count;
    const meanMs = (totalNs - seen.totalNs) / (count - seen.count) / 1e6;
    seen = { count, totalNs };
    // What is recorded is the whole interval between two ticks.
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
  /** In a row. */
  readonly slowSamples: number;
  readonly overloaded: boolean;
}

const SLOW_FROM_MS = 400;
/** One slow second is a burst that the queue takes; several are work that never gets done. */
const OVERLOADED_AFTER_SAMPLES = 3;
/** Well below the mark at which it begins, so that it does not come and go. */
const RECOVERED_BELOW_MS = 150;

export function nextLoad({ slowSamples, overloaded }: Load, lagMs: number): Load {
  if (overloaded) return { slowSamples: 0, overloaded: lagMs >= RECOVERED_BELOW_MS };
  const slow = lagMs >= SLOW_FROM_MS ? slowSamples + 1 : 0;
  return { slowSamples: slow, overloaded: slow >= OVERLOADED_AFTER_SAMPLES };
}
