/** What came of one stage of the test command. */
export interface CheckResult {
  readonly stage: string;
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure, for the summary at the end. */
  readonly failures: readonly string[];
}

/** A stage that is one check: it went well or it did not. */
export function toSingleCheck(stage: string, exitCode: number | null): CheckResult {
  if (exitCode === 0) return { stage, passed: 1, failed: 0, failures: [] };
  return { stage, passed: 0, failed: 1, failures: [`${stage}: ${describeExit(exitCode)}`] };
}

/** What a test runner wrote about itself, once parsed. */
export interface RunnerReport {
  readonly passed: number;
  readonly failures: readonly string[];
}

/**
 * A stage that is a test runner. Its own report counts; but a runner that crashed, wrote nothing, ran nothing or ended
 * with an error code but no failed test is itself a failure.
 */
export function toRunnerResult(
  stage: string,
  report: RunnerReport | null,
  exitCode: number | null,
): CheckResult {
  if (report === null) return toSingleFailure(stage, `wrote no report (${describeExit(exitCode)})`);
  const failures = report.failures.map((failure) => `${stage}: ${failure}`);
  if (failures.length === 0 && exitCode !== 0) {
    failures.push(`${stage}: ${describeExit(exitCode)}, but its report names no failed test`);
  }
  if (failures.length === 0 && report.passed === 0) failures.push(`${stage}: ran no test`);
  return { stage, passed: report.passed, failed: failures.length, failures };
}

function toSingleFailure(stage: string, reason: string): CheckResult {
  return { stage, passed: 0, failed: 1, failures: [`${stage}: ${reason}`] };
}

function describeExit(exitCode: number | null): string {
  return exitCode === null ? "was ended before its time" : `exit code ${exitCode}`;
}
