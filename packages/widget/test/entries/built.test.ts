// @vitest-environment node
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

it("the built React entry is a client module that server components can render", async () => {
  const code = await readFile(join(import.meta.dirname, "../../dist/lib/react.js"), "utf8");
  expect(code).toMatch(/^["']use client["'];/);
});
