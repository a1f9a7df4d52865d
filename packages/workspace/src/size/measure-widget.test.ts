import { describe, expect, it } from "vitest";
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
