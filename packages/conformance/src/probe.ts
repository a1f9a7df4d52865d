import type { ProbeContext } from "./probe-context.ts";

/** Whether a documented behaviour was seen. */
export type Verdict =
  | { readonly name: "holds"; readonly note?: string }
  | { readonly name: "broken"; readonly detail: string }
  | { readonly name: "skipped"; readonly why: string };

/** One behaviour that the platform's page documents, and how to see it. */
export interface Probe {
  /** Stable, for reports that are compared. */
  readonly id: string;
  /** A sentence that is true of a platform that conforms. */
  readonly behaviour: string;
  /** What throws is reported as broken. */
  run(context: ProbeContext): Promise<Verdict>;
}

export const HOLDS: Verdict = { name: "holds" };

export function broken(detail: string): Verdict {
  return { name: "broken", detail };
}

export function skipped(why: string): Verdict {
  return { name: "skipped", why };
}

/** Holds if the status is one of those that mean a refusal. */
export function refusedWith(status: number, ...expected: readonly number[]): Verdict {
  if (expected.includes(status)) return { name: "holds", note: String(status) };
  return broken(`answered ${status} where ${expected.join(" or ")} was expected`);
}
