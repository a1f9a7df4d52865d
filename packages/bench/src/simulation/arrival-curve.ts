/** How many arrived in each second of a simulation or a measurement. */
export interface ArrivalCurve {
  add(atMs: number): void;
  /** Arrivals of each second, from the first to the last that had any. */
  readonly perSecond: readonly number[];
  readonly total: number;
  readonly peak: { readonly second: number; readonly count: number };
  /** The peak's part of all arrivals, 0..1. */
  readonly peakShare: number;
}

export function createArrivalCurve(): ArrivalCurve {
  const perSecond: number[] = [];
  let total = 0;
  return {
    add(atMs) {
      const second = Math.floor(atMs / 1000);
      while (perSecond.length <= second) perSecond.push(0);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
      total += 1;
    },
    perSecond,
    get total() {
      return total;
    },
    get peak() {
      return perSecond.reduce((peak, count, second) => (count > peak.count ? { second, count } : peak), {
        second: 0,
        count: 0,
      });
    },
    get peakShare() {
      return total === 0 ? 0 : this.peak.count / total;
    },
  };
}
