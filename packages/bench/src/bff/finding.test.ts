import { expect, it } from "vitest";
import { verdictOf } from "./finding.ts";

it.each([
  ["at the goal", 1.5, 1.5, 2, "met"],
  ["between the goal and the bound", 1.7, 1.5, 2, "missed"],
  ["at the bound", 2, 1.5, 2, "missed"],
  ["above the bound", 2.01, 1.5, 2, "broken"],
  ["above a goal that has no bound", 99, 1.5, null, "missed"],
  ["that is no number", Number.NaN, 1.5, 2, "broken"],
])("a figure %s", (_where, figure, aim, never, verdict) => {
  expect(verdictOf({ figure, aim, never })).toBe(verdict);
});
