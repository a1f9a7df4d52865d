import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, it } from "vitest";
import { withPromises } from "./promises-section.ts";

it("docs/protocol.md lists every promise, as the tests know them", () => {
  const page = readFileSync(join(REPOSITORY, "docs/protocol.md"), "utf8");
  expect(withPromises(page)).toBe(page);
});
