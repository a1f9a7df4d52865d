/** One row of the table: a figure, its reference, its goal and its limit. */
export interface Finding {
  readonly what: string;
  readonly figure: number;
  /** The unit of the figure and its goals; empty for counts. */
  readonly unit: "×" | "ms" | "µs" | "KiB" | "s" | "";
  /** The figure should be at most this. */
  readonly aim: number;
  /** A figure above this fails the run. Null for no limit. */
  readonly never: number | null;
  /** The reference, measured in the same run. */
  readonly reference: string;
}

export type Verdict = "met" | "missed" | "broken";

/** NaN means that nothing was measured, which is a failure. */
export function verdictOf({ figure, aim, never }: Pick<Finding, "figure" | "aim" | "never">): Verdict {
  if (figure <= aim) return "met";
  if (never === null) return "missed";
  return figure <= never ? "missed" : "broken";
}

export interface MeasureOptions {
  /** A smaller run of the same. */
  readonly short: boolean;
}

export type Measure = (options: MeasureOptions) => Promise<readonly Finding[]>;
