import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { README_PAGE, toSection, withComparison } from "./readme-page.ts";

it("the README has the figures of docs/comparison.md; `pnpm reference` writes them", () => {
  const readme = readFileSync(README_PAGE, "utf8");
  expect(withComparison(readme)).toBe(readme);
});

it("takes the first table", () => {
  const table = "| | bytes |\n| --- | --: |\n| ours | 1 |";
  expect(
    toSection(`# A\n\nMeasured 2026-01-02 by\n\n### Transfer\n\n${table}\n\n### Other\n\n| x |\n\n`),
  ).toContain(`${table}\n\nMeasured on 2026-01-02.`);
});
