import type { Phase, Visit } from "./measure-visit.ts";

/** The main thread's time, in milliseconds. */
export interface ThreadTime {
  readonly scriptMs: number;
  readonly taskMs: number;
  readonly blockingMs: number;
}

/** What a chat adds to a page, from one moment to another. */
export interface PhaseSummary {
  readonly requests: number;
  readonly bytes: number;
  readonly heapBytes: number;
  readonly elements: number;
  /** At this machine's speed. */
  readonly normal: ThreadTime;
  /** On a slowed processor. */
  readonly slow: ThreadTime;
}

export interface Summary {
  /** Until the launcher is drawn, or the whole chat where it has none. */
  readonly load: PhaseSummary;
  /**
   * From the click on the launcher until a message can be typed; what travelled and what stands there is that of both
   * phases together. Null where nothing opens.
   */
  readonly open: PhaseSummary | null;
}

export interface Visits {
  readonly normal: readonly Visit[];
  readonly slow: readonly Visit[];
}

/** The medians, less what the same page costs without a chat. */
export function toSummary(visits: Visits, empty: Visits): Summary {
  const ofEmptyPage = toPhaseSummary(loads(empty));
  const load = subtract(toPhaseSummary(loads(visits)), ofEmptyPage);
  const opens = { normal: visits.normal.flatMap(toOpen), slow: visits.slow.flatMap(toOpen) };
  if (opens.normal.length === 0) return { load, open: null };
  const open = toPhaseSummary(opens);
  return {
    load,
    open: {
      ...open,
      requests: load.requests + open.requests,
      bytes: load.bytes + open.bytes,
      heapBytes: open.heapBytes - ofEmptyPage.heapBytes,
      elements: open.elements - ofEmptyPage.elements,
    },
  };
}

interface Phases {
  readonly normal: readonly Phase[];
  readonly slow: readonly Phase[];
}

function loads({ normal, slow }: Visits): Phases {
  return { normal: normal.map(({ load }) => load), slow: slow.map(({ load }) => load) };
}

function toOpen({ open }: Visit): readonly Phase[] {
  return open ? [open] : [];
}

function toPhaseSummary({ normal, slow }: Phases): PhaseSummary {
  const ofAll = (figure: keyof Phase) => median([...normal, ...slow].map((phase) => phase[figure]));
  return {
    requests: ofAll("requests"),
    bytes: ofAll("bytes"),
    heapBytes: ofAll("heapBytes"),
    elements: ofAll("elements"),
    normal: toThreadTime(normal),
    slow: toThreadTime(slow),
  };
}

function toThreadTime(phases: readonly Phase[]): ThreadTime {
  return {
    scriptMs: median(phases.map(({ scriptMs }) => scriptMs)),
    taskMs: median(phases.map(({ taskMs }) => taskMs)),
    blockingMs: median(phases.map(({ blockingMs }) => blockingMs)),
  };
}

/** Never below nothing: two measurements of the same may differ by chance. */
function subtract(phase: PhaseSummary, empty: PhaseSummary): PhaseSummary {
  const less = (from: ThreadTime, what: ThreadTime): ThreadTime => ({
    scriptMs: Math.max(0, from.scriptMs - what.scriptMs),
    taskMs: Math.max(0, from.taskMs - what.taskMs),
    blockingMs: Math.max(0, from.blockingMs - what.blockingMs),
  });
  return {
    requests: phase.requests - empty.requests,
    bytes: phase.bytes - empty.bytes,
    heapBytes: phase.heapBytes - empty.heapBytes,
    elements: phase.elements - empty.elements,
    normal: less(phase.normal, empty.normal),
    slow: less(phase.slow, empty.slow),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}
