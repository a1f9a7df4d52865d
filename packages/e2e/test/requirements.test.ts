import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, test } from "vitest";
import { findCitations } from "../src/find-citations.ts";
import { REQUIREMENTS } from "../src/requirements.ts";

/** Contains made-up names that test the search itself. */
const OWN_EXAMPLES = "find-citations.test.ts";

const testFiles = globSync("packages/*/{src,test,browser,engines}/**/*.{test,spec}.{ts,tsx}", {
  cwd: REPOSITORY,
})
  .filter((file) => !file.endsWith(OWN_EXAMPLES))
  .sort();
const citations = testFiles.flatMap((file) =>
  findCitations(file, readFileSync(join(REPOSITORY, file), "utf8")),
);

test.each(Object.entries(REQUIREMENTS))("a test proves %s: %s", (id) => {
  expect(citations.filter((citation) => citation.id === id).map(({ file }) => file)).not.toEqual([]);
});

test("every cited requirement exists", () => {
  expect(citations.filter(({ id }) => !Object.hasOwn(REQUIREMENTS, id))).toEqual([]);
});
