import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findAnchors, findLinks } from "./find-links.ts";
import { REPOSITORY } from "./repository.ts";

describe("links of a page", () => {
  it("are those that stay in the repository, not those in code", () => {
    const page = 'See [a](b.md#c), [x](https://example.com), `[no](code.md)` and <img src="d.png">.';
    expect(findLinks(page).map(({ target }) => target)).toEqual(["b.md#c", "d.png"]);
  });

  it("meet the anchors that headings make", () => {
    expect([...findAnchors("# What it does\n## `a` & b\n```\n# no\n```")]).toEqual(["what-it-does", "a--b"]);
  });
});

const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: REPOSITORY,
  encoding: "utf8",
})
  .trim()
  .split("\n");

it.each(pages)("every link of %s leads somewhere", (page) => {
  const text = readFileSync(join(REPOSITORY, page), "utf8");
  const broken = findLinks(text).filter(({ path, anchor }) => {
    const file = path === "" ? join(REPOSITORY, page) : join(REPOSITORY, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== "" && file.endsWith(".md") && !findAnchors(readFileSync(file, "utf8")).has(anchor);
  });
  expect(broken).toEqual([]);
});
