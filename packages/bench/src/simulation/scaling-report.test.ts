import { expect, test } from "vitest";
import { toScalingFigures } from "./scaling-figures.ts";
import { replaceFigures, toScalingReport } from "./scaling-report.ts";

test("the report names its assumptions and has a row for each case", () => {
  const report = toScalingReport(
    toScalingFigures({ clients: 2_000, replicas: 1, handshakesPerSecond: 500, readsPerSecond: 200 }),
  );
  expect(report).toContain("2 000 visitors on sockets, 1 replicas");
  expect(report.match(/^\| all replicas killed/gm)).toHaveLength(2);
  expect(report).toMatch(/^\| platform away for ten minutes \| \d/m);
});

test("figures replace those of the last run and leave the page around them alone", () => {
  const page = "before\n<!-- figures: pnpm simulate -->\nold\n<!-- /figures -->\nafter\n";
  const once = replaceFigures(page, "new");
  expect(once).toBe("before\n<!-- figures: pnpm simulate -->\n\nnew\n\n<!-- /figures -->\nafter\n");
  expect(replaceFigures(once, "new")).toBe(once);
  expect(() => replaceFigures("no place", "new")).toThrow("has no");
});
