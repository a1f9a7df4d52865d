/** One line of the table: what was measured, against what, and what it should be at most. */
export interface Finding {
  readonly what: string;
  readonly figure: number;
  /** Of the figure and its goals; empty for counts. */
  readonly unit: "×" | "ms" | "µs" | "KiB" | "s" | "";
  /** The figure is to be at most this. */
  readonly aim: number;
  /** A figure above this fails the run; null: none does. */
  readonly never: number | null;
  /** What the figure was held against, measured in the same run. */
  readonly reference: string;
}

export type Verdict = "met" | "missed" | "broken";

/** What is no number was not measured, which is no success. */
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
