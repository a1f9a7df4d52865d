import { expect, it } from "vitest";
import type { Finding } from "./finding.ts";
import { toMarkdown, toText } from "./findings-table.ts";

const RATIO: Finding = {
  what: "CPU per submit",
  figure: 1.7,
  unit: "×",
  aim: 1.5,
  never: 2,
  reference: "proxy: 236 µs",
};
const COUNT: Finding = { what: "sends lost", figure: 0, unit: "", aim: 0, never: 0, reference: "100 sent" };

it("says for a terminal what was measured, what was hoped for, and what came of it", () => {
  expect(toText(RATIO)).toBe(
    "~ CPU per submit\n    1.70× (at most 1.50×, never over 2×; proxy: 236 µs): missed",
  );
});

it("makes a row of a page's table of each finding", () => {
  expect(toMarkdown([RATIO, COUNT]).split("\n").slice(2)).toEqual([
    "| CPU per submit | at most 1.50×, never over 2× | 1.70× | proxy: 236 µs | missed |",
    "| sends lost | at most 0 | 0 | 100 sent | met |",
  ]);
});
