import { expect, test } from "vitest";
import { toSingleCheck } from "./check-result.ts";
import { toVerdict } from "./verdict.ts";

test("the last line adds up all stages", () => {
  const verdict = toVerdict([
    toSingleCheck("lint", 0),
    { stage: "unit", passed: 41, failed: 0, failures: [] },
  ]);
  expect(verdict).toEqual({ lines: ["42 passed, 0 failed"], exitCode: 0 });
});

test("prints failures before the count and exits with an error code", () => {
  const verdict = toVerdict([toSingleCheck("lint", 0), toSingleCheck("types", 2)]);
  expect(verdict).toEqual({ lines: ["✗ types: exit code 2", "1 passed, 1 failed"], exitCode: 1 });
});

test("nothing passed is a failure, even where nothing failed", () => {
  expect(toVerdict([])).toEqual({ lines: ["0 passed, 0 failed"], exitCode: 1 });
});
