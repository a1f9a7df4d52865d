// @vitest-environment node
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SHIPPED_LOCALES } from "./launcher/labels.ts";

const read = (file: string) => readFile(join(import.meta.dirname, file), "utf8");

describe("the README", () => {
  it("states the limits of `pnpm size`", async () => {
    const limits = JSON.parse(await read("../.size-limit.json")) as readonly { readonly limit: string }[];
    const [, table = ""] = /<!-- sizes -->(.*?)<!-- \/sizes -->/s.exec(await read("../README.md")) ?? [];
    const rows = Array.from(table.matchAll(/\| (\d+) \|/g), ([, bytes]) => `${bytes} B`);
    expect(rows).toEqual(limits.map(({ limit }) => limit));
  });

  it("of the repository states about the same sizes", async () => {
    const limits = JSON.parse(await read("../.size-limit.json")) as readonly { readonly limit: string }[];
    const [, light = ""] = /^- \*\*Light\.(.*)$/m.exec(await read("../../../README.md")) ?? [];
    const sizes = Array.from(light.matchAll(/([\d.]+) kB/g), ([, size]) => Number(size) * 1000);
    expect(sizes).toHaveLength(limits.length);
    limits.forEach(({ limit }, index) => {
      const bytes = Number.parseInt(limit, 10);
      expect(Math.abs((sizes[index] ?? 0) - bytes), limit).toBeLessThan(bytes / 20);
    });
  });

  it("lists the shipped locales", async () => {
    expect(await read("../README.md")).toContain(`\`${SHIPPED_LOCALES.join(" ")}\``);
  });
});
