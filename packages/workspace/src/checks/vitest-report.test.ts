import { expect, test } from "vitest";
import { parseVitestReport } from "./vitest-report.ts";

const file = (status: string, assertionResults: { fullName: string; status: string }[], message = "") => ({
  name: "/repo/a.test.ts",
  status,
  message,
  assertionResults,
});

test("counts the tests that passed and names those that failed", () => {
  const report = parseVitestReport({
    testResults: [
      file("passed", [{ fullName: "adds", status: "passed" }]),
      file("failed", [
        { fullName: "subtracts", status: "failed" },
        { fullName: "divides", status: "passed" },
      ]),
    ],
  });
  expect(report).toEqual({ passed: 2, failures: ["subtracts"] });
});

test("a file that could not be loaded is a failure although no test in it failed", () => {
  const report = parseVitestReport({
    testResults: [file("failed", [], "SyntaxError: unexpected token\n    at line 1")],
  });
  expect(report.failures).toEqual(["/repo/a.test.ts could not be run: SyntaxError: unexpected token"]);
});

test("a test that was skipped has not passed", () => {
  const report = parseVitestReport({
    testResults: [file("passed", [{ fullName: "later", status: "pending" }])],
  });
  expect(report).toEqual({ passed: 0, failures: [] });
});

test("what is no report is refused", () => {
  expect(() => parseVitestReport({ success: true })).toThrow();
});
