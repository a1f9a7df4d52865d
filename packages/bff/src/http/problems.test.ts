import { expect, it } from "vitest";
import { ProblemError } from "../lib/problem-error.ts";
import { toProblem } from "./problems.ts";

it.each([
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [null, 5],
])("retryAfter of %s ms is %i whole seconds, at least 1", (retryAfterMs, seconds) => {
  const { retryAfter } = toProblem(new ProblemError("upstream_unavailable", { retryAfterMs }), "r1");
  expect(retryAfter).toBe(seconds);
});
