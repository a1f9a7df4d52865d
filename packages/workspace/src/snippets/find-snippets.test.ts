import { expect, it } from "vitest";
import { findSnippets } from "./find-snippets.ts";

it("finds fenced blocks, in lists too, with what is given", () => {
  const page = [
    "# A",
    "<!-- given: declare const x: number; -->",
    "```ts",
    "x + 1;",
    "```",
    "1. b",
    "   ```sh",
    "   ls",
    "   ```",
  ].join("\n");
  expect(findSnippets(page)).toEqual([
    { language: "ts", code: "x + 1;\n", line: 3, given: "declare const x: number;" },
    { language: "sh", code: "ls\n", line: 7, given: "" },
  ]);
});
