import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { USAGE } from "../src/config.ts";
import { dialectAxes } from "../src/dialect/dialect.ts";
import { faultSettings } from "../src/faults/fault-settings.ts";
import { DIALECTS, SEED } from "../src/index.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the README", () => {
  it.each(Object.keys(faultSettings.shape))("explains the switch %s", (name) => {
    expect(README).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, "m"));
  });

  it.each(Object.entries(dialectAxes.shape))("lists every choice of the axis %s", (axis, { options }) => {
    const row = new RegExp(`^\\| \`${axis}\` *\\|(.*)\\|$`, "m").exec(README)?.[1] ?? "";
    for (const choice of options) expect(row).toContain(`\`${choice}\``);
  });

  it("lists every named dialect, and every seeded id and key", () => {
    for (const name of Object.keys(DIALECTS)) expect(README).toContain(`\`${name}\``);
    for (const value of Object.values(SEED)) expect(README).toContain(value);
  });

  it("lists every variable and flag of the command's own help", () => {
    for (const [name] of USAGE.matchAll(/SANDBOX_[A-Z_]+|--[a-z]+/g)) expect(README).toContain(name);
  });
});

it("the named dialects use every choice of every axis between them", () => {
  for (const [axis, { options }] of Object.entries(dialectAxes.shape)) {
    const used = new Set(Object.values(DIALECTS).map((dialect) => Reflect.get(dialect, axis)));
    expect([...used].sort(), axis).toEqual([...options].sort());
  }
});
