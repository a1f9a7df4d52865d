import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { VARIABLES } from "./environment-schema.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("the README's table has every variable that is read, and no other", () => {
  const [, table = ""] = readme.split("<!-- table: variables -->");
  const rows =
    table
      .split("\n\n")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| `")) ?? [];
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(new Set(named)).toEqual(new Set(VARIABLES.filter((name) => name !== "API_BASE_URL")));
});
