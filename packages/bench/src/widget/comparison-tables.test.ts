import { expect, test } from "vitest";
import type { ComparedWidget } from "./compare-widgets.ts";
import { toComparisonTables, toVerdict } from "./comparison-tables.ts";
import type { PhaseSummary } from "./to-summary.ts";

const phase = (bytes: number, scriptMs = 10): PhaseSummary => ({
  requests: 1,
  bytes,
  heapBytes: bytes,
  elements: 5,
  normal: { scriptMs, taskMs: 20, blockingMs: 0 },
  slow: { scriptMs, taskMs: 20, blockingMs: 0 },
});

const widget = (name: string, load: PhaseSummary, open: PhaseSummary | null): ComparedWidget => ({
  name,
  version: "1.0.0",
  embedding: "script tag",
  load,
  open,
});

const comparison = (widgets: readonly ComparedWidget[]) =>
  toComparisonTables({ measuredAt: "", machine: "", browser: "", runs: 1, widgets });

test("says by how much ours is lighter than the lightest of the others", () => {
  const verdict = toVerdict([
    widget("ours", phase(1000), phase(2000)),
    widget("heavy", phase(9000), phase(50_000)),
    widget("light", phase(13_000), phase(13_000)),
  ]);
  expect(verdict).toContain("6.5 times fewer bytes");
  expect(verdict).toContain("the lowest, alone or with others, in all");
});

test("names every column in which another is better, and both figures", () => {
  const verdict = toVerdict([
    widget("ours", phase(1000, 12), phase(2000)),
    widget("quick", phase(9000, 3), phase(9000)),
  ]);
  expect(verdict).toContain("The main thread, in milliseconds, script, load: 12.0. Lower: quick 3.0.");
});

test("a chat without a launcher is open once it is loaded, and has no time of opening", () => {
  const verdict = toVerdict([widget("ours", phase(1000), phase(2000)), widget("inline", phase(6000), null)]);
  expect(verdict).toContain("3.0 times fewer bytes");
  const row = comparison([widget("ours", phase(1000), phase(2000)), widget("inline", phase(6000), null)]);
  expect(row).toContain("| inline | 6,000 | 6,000 | 1 | 1 |");
  expect(row).toContain("| inline | 10.0 | 20.0 | 0.0 | – | – | – |");
});
