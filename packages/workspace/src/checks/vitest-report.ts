import { z } from "zod";
import type { RunnerReport } from "./check-result.ts";

/** What we read of the file that `vitest --reporter=json` writes. */
const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** @throws {z.ZodError} where it is no report of vitest's */
export function parseVitestReport(report: unknown): RunnerReport {
  const { testResults } = vitestReport.parse(report);
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failedTests = tests.filter((test) => test.status === "failed").map((test) => test.fullName);
  const brokenFiles = testResults
    .filter((file) => file.status === "failed")
    .filter((file) => !file.assertionResults.some((test) => test.status === "failed"))
    .map((file) => `${file.name} could not be run: ${firstLine(file.message ?? "no reason given")}`);
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failures: [...failedTests, ...brokenFiles],
  };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
