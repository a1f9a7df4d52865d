import { expect, test } from "vitest";
import { findCitations } from "./find-citations.ts";

const idsIn = (source: string) => findCitations("a.test.ts", source).map(({ id }) => id);

test("finds the ids at the start of test names, in every form of test", () => {
  const source = `
    test("[AAA-1] adds", () => {});
    it.each([["a long", "table"]])('[BBB-2] [CCC-3] subtracts %s', () => {});
    test.describe(\`[DDD-4] \${name}\`, () => {});
    test.each(rows)(
      "[EEE-5] divides",
    );
  `;
  expect(idsIn(source)).toEqual(["AAA-1", "BBB-2", "CCC-3", "DDD-4", "EEE-5"]);
});

test("a mention outside of a test's name is not a citation", () => {
  expect(idsIn('// [AAA-1] adds\nconst id = "[BBB-2]"; log("see [CCC-3] there");')).toEqual([]);
});
