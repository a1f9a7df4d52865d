import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../repository.ts";
import { BUDGETS } from "./budgets.ts";
import { toWidgetSizes } from "./measure-widget.ts";

const sizes = {
  "widget.js": 2000,
  "assets/widget-aaaaaa.js": 2000,
  "assets/core-aaaaaa.js": 9000,
  "assets/menu-aaaaaa.js": 1000,
  "assets/pre-chat-aaaaaa.js": 500,
  "assets/de-aaaaaa.js": 700,
  "assets/pt-BR-aaaaaa.js": 700,
  "v1/core.js": 10_000,
};

const manifest = (change: object = {}) =>
  new Map(Object.entries({ ...sizes, ...change }).map(([path, brotli]) => [path, { brotli }]));

describe("the widget's sizes", () => {
  it("count each line of code once, and locales not at all", () => {
    const { figures, ok } = toWidgetSizes(manifest());
    expect(figures.map(({ bytes }) => bytes)).toEqual([2000, 11_000, 12_500]);
    expect(ok).toBe(true);
  });

  it("are not in order above a budget", () => {
    expect(toWidgetSizes(manifest({ "widget.js": BUDGETS.loader + 1 })).ok).toBe(false);
  });

  it("are not in order where a file is missing", () => {
    expect(toWidgetSizes(new Map()).ok).toBe(false);
  });
});

describe("the widget's README", () => {
  it("names the budgets", async () => {
    const readme = await readFile(join(REPOSITORY, "packages/widget/README.md"), "utf8");
    const [, table = ""] = /<!-- sizes -->(.*?)<!-- \/sizes -->/s.exec(readme) ?? [];
    const numbers = Array.from(table.matchAll(/\| (\d+) \|/g), ([, number]) => Number(number));
    expect(numbers).toEqual(Object.values(BUDGETS));
  });
});
