import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../repository.ts";
import { WIDGET_PAGE, withReference } from "./widget-page.ts";

const page = readFileSync(WIDGET_PAGE, "utf8");
const sources = globSync("packages/widget/src/**/*.{ts,tsx,css}", { cwd: REPOSITORY })
  .filter((file) => !file.includes(".test."))
  .map((file) => readFileSync(join(REPOSITORY, file), "utf8"));

describe("docs/widget.md", () => {
  it("has the tables that the types make; `pnpm reference` writes them", () => {
    expect(withReference(page)).toBe(page);
  });

  it("names every part of the shadow root, and no other", () => {
    const parts = sources.flatMap((source) =>
      Array.from(source.matchAll(/\bpart(?:=|", )(?:"([\w -]+)"|\{`([\w -]+))/g), ([, plain, template]) =>
        (plain ?? template ?? "").trim(),
      ),
    );
    expect(new Set(firstColumn("| `::part(…)` | element |"))).toEqual(
      new Set([...parts, "visitor", "owner", "system"]),
    );
  });

  it("names every custom property that the widget reads, and no other", () => {
    const read = sources.flatMap((source) => source.match(/var\(\s*--mailoo-chat-[\w-]+/g) ?? []);
    const names = read.map((reading) => reading.replace(/var\(\s*/, ""));
    expect(new Set(firstColumn("| custom property of `mailoo-chat-widget` | sets |"))).toEqual(
      new Set(names),
    );
  });
});

/** The names in the first column of a table. */
function firstColumn(head: string): readonly string[] {
  const [, rest = ""] = page.split(`${head}\n`);
  const rows = rest.slice(0, rest.indexOf("\n\n")).split("\n").slice(1);
  return rows.flatMap((row) => row.split("|")[1]?.match(/[\w-]+(?=`)/g) ?? []);
}
