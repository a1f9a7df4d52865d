import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLOSE, PROBLEMS } from "@mailoo-chat/protocol";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { describe, expect, it } from "vitest";

const rows = readFileSync(join(REPOSITORY, "docs/protocol.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"));

describe("docs/protocol.md", () => {
  it.each(Object.entries(PROBLEMS))("lists the error %s with its status", (code, { status }) => {
    expect(rows.some((row) => row.startsWith(`| ${status} |`) && row.includes(`\`${code}\``))).toBe(true);
  });

  it.each(Object.entries(CLOSE))("lists the close code of %s", (_, code) => {
    expect(rows.some((row) => new RegExp(`^\\| [\\d, ]*\\b${code}\\b`).test(row))).toBe(true);
  });
});
