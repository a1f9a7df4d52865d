import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VARIABLES } from "./variables.ts";
import { toVariablesTable, withVariablesTable } from "./variables-table.ts";

describe("the table of variables", () => {
  it.each(["packages/bff/README.md", "docs/bff.md"])(
    "in %s is what the schema makes of it (pnpm --filter @mailoo-chat/bff run describe)",
    (path) => {
      const page = readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
      expect(page).toBe(withVariablesTable(page));
    },
  );

  it("has a row for each, with defaults as an operator writes them", () => {
    const rows = toVariablesTable().split("\n").slice(2);
    expect(rows).toHaveLength(VARIABLES.length);
    const defaultOf = (name: string) => rows.find((row) => row.includes(`\`${name}\``))?.split(" | ")[1];
    expect(defaultOf("MAILOO_CHAT_LIMIT_IP_REQUESTS")).toBe("`600/60`");
    expect(defaultOf("MAILOO_CHAT_LIMIT_IP_SOCKETS")).toBe("`300`");
    expect(defaultOf("TRUST_PROXY")).toBe("`0`");
    expect(defaultOf("METRICS")).toBe("`off`");
    expect(defaultOf("MAILOO_CHAT_PRE_CHAT")).toBe("");
    expect(defaultOf("MAILOO_CHAT_INTEGRATION_ID")).toBe("*required*");
  });

  it("says which values may stand in files", () => {
    expect(toVariablesTable()).toContain(
      "| `MAILOO_CHAT_SESSION_SECRET`, or `MAILOO_CHAT_SESSION_SECRET_FILE` |",
    );
  });
});
