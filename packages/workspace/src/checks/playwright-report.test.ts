import { expect, test } from "vitest";
import { parsePlaywrightReport } from "./playwright-report.ts";

const spec = (title: string, ok: boolean, status: string) => ({
  title,
  file: "a.spec.ts",
  line: 7,
  ok,
  tests: [{ status }],
});

test("counts through nested suites and names what failed with its place", () => {
  const report = parsePlaywrightReport({
    suites: [
      { specs: [spec("opens", true, "expected")], suites: [{ specs: [spec("sends", false, "unexpected")] }] },
    ],
    errors: [],
  });
  expect(report).toEqual({ passed: 1, failures: ["sends (a.spec.ts:7)"] });
});

test("an error outside any test is a failure", () => {
  const report = parsePlaywrightReport({ suites: [], errors: [{ message: "no such file" }] });
  expect(report.failures).toEqual(["no such file"]);
});

test("a test that was skipped has not passed", () => {
  const report = parsePlaywrightReport({ suites: [{ specs: [spec("later", true, "skipped")] }], errors: [] });
  expect(report).toEqual({ passed: 0, failures: [] });
});
