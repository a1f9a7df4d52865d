import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { NOTICE_FILES } from "../src/notices/notice-files.ts";
import { toNotices } from "../src/notices/to-notices.ts";
import { REPOSITORY } from "../src/repository.ts";

test.each(NOTICE_FILES.map((notice) => [relative(REPOSITORY, notice.file), notice] as const))(
  "%s names what the build contains, and nothing else (pnpm notices)",
  async (_, { file, expected }) => {
    await expect(readFile(file, "utf8")).resolves.toBe(await expected());
  },
);

test("notices give each package's name, version and licence, in order", () => {
  const one = { name: "zebra", version: "1.0.0", license: "MIT", text: "Do what you like." };
  const notices = toNotices("@mailoo-chat/widget", [one, { ...one, name: "ant", license: "ISC" }]);
  expect(notices.match(/^## .*/gm)).toEqual(["## ant 1.0.0 (ISC)", "## zebra 1.0.0 (MIT)"]);
  expect(notices).toContain("Do what you like.");
});
