import { z } from "zod";
import type { RunnerReport } from "./check-result.ts";

interface Suite {
  readonly specs: readonly {
    title: string;
    file: string;
    line: number;
    ok: boolean;
    tests: { status: string }[];
  }[];
  readonly suites?: readonly Suite[] | undefined;
}

const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({
    specs: z.array(
      z.object({
        title: z.string(),
        file: z.string(),
        line: z.number(),
        ok: z.boolean(),
        tests: z.array(z.object({ status: z.string() })),
      }),
    ),
    suites: z.array(suite).optional(),
  }),
);

/** What we read of the file that Playwright's JSON reporter writes. */
const playwrightReport = z.object({
  suites: z.array(suite),
  errors: z.array(z.object({ message: z.string().optional() })),
});

/** @throws {z.ZodError} where it is no report of Playwright's */
export function parsePlaywrightReport(report: unknown): RunnerReport {
  const { suites, errors } = playwrightReport.parse(report);
  const specs = suites.flatMap(allSpecs);
  const failures = specs
    .filter((spec) => !spec.ok)
    .map((spec) => `${spec.title} (${spec.file}:${spec.line})`);
  return {
    passed: specs.filter((spec) => spec.ok && spec.tests.some((test) => test.status === "expected")).length,
    failures: [...failures, ...errors.map((error) => error.message ?? "an error outside any test")],
  };
}

function allSpecs(one: Suite): readonly Suite["specs"][number][] {
  return [...one.specs, ...(one.suites ?? []).flatMap(allSpecs)];
}
