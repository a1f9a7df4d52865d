import { expect, test } from "vitest";
import { toRunnerResult, toSingleCheck } from "./check-result.ts";

test("a single check passes or fails by its exit code alone", () => {
  expect(toSingleCheck("lint", 0)).toMatchObject({ passed: 1, failed: 0 });
  expect(toSingleCheck("lint", 1)).toMatchObject({ passed: 0, failed: 1, failures: ["lint: exit code 1"] });
  expect(toSingleCheck("lint", null)).toMatchObject({ passed: 0, failed: 1 });
});

test("a runner's own report decides", () => {
  expect(toRunnerResult("unit", { passed: 3, failures: ["adds"] }, 1)).toEqual({
    stage: "unit",
    passed: 3,
    failed: 1,
    failures: ["unit: adds"],
  });
});

test.each([
  ["left no report", null, 0],
  ["ended badly although no test failed", { passed: 3, failures: [] }, 1],
  ["was killed", { passed: 3, failures: [] }, null],
  ["ran nothing", { passed: 0, failures: [] }, 0],
] as const)("a runner that %s is a failure", (_case, report, exitCode) => {
  expect(toRunnerResult("unit", report, exitCode).failed).toBe(1);
});
