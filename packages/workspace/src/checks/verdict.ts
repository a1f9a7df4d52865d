import type { CheckResult } from "./check-result.ts";

export interface Verdict {
  readonly lines: readonly string[];
  /** 0 where everything passed and something ran. */
  readonly exitCode: 0 | 1;
}

/** The end of the test command: each failure again, then the count as the last line. */
export function toVerdict(results: readonly CheckResult[]): Verdict {
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failures = results.flatMap((result) => result.failures);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  return {
    lines: [...failures.map((failure) => `✗ ${failure}`), `${passed} passed, ${failed} failed`],
    exitCode: failed === 0 && passed > 0 ? 0 : 1,
  };
}
