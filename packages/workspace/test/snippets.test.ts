import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseCss } from "css-tree";
import { describe, expect, it } from "vitest";
import { readMembers } from "../src/reference/read-members.ts";
import { REPOSITORY } from "../src/repository.ts";
import { findHtmlErrors, findScripts, findUnknownOptions } from "../src/snippets/check-html.ts";
import { findSnippets, type Snippet } from "../src/snippets/find-snippets.ts";
import { typeCheckSnippets } from "../src/snippets/type-check-snippets.ts";

interface PageSnippet extends Snippet {
  /** `docs/widget.md:42` */
  readonly place: string;
}

const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: REPOSITORY,
  encoding: "utf8",
}).trim();
const snippets: readonly PageSnippet[] = pages.split("\n").flatMap((page) =>
  findSnippets(readFileSync(join(REPOSITORY, page), "utf8")).map((snippet) => ({
    ...snippet,
    place: `${page}:${snippet.line}`,
  })),
);
const inLanguage = (...languages: string[]) =>
  snippets.filter(({ language }) => languages.includes(language));
const options = readMembers("options.ts", "ChatWidgetOptions").map(({ name }) => name);

/**
 * Not checked here: plain text, and languages that need a tool of their own. Proxies run their configurations, the
 * WordPress example its PHP.
 */
const UNCHECKED = ["", "text", "http", "php", "nginx", "caddyfile", "vue", "svelte", "astro"];

describe("the snippets of the docs", () => {
  it("are in languages that are checked", () => {
    const checked = ["ts", "tsx", "html", "css", "json", "sh"];
    for (const { language, place } of snippets) expect([...UNCHECKED, ...checked], place).toContain(language);
    for (const language of checked) expect(inLanguage(language), language).not.toEqual([]);
  });

  it("compile, the scripts of HTML included", { timeout: 60_000 }, async () => {
    const modules = inLanguage("ts", "tsx").map(({ place, language, given, code }) => ({
      name: `${toFileName(place)}.${language}`,
      code: `${given}\n${code}`,
    }));
    const scripts = inLanguage("html").flatMap(({ place, code }) =>
      findScripts(code).map((script, index) => ({
        name: `${toFileName(place)}_${index}.ts`,
        code: script,
      })),
    );
    const folder = join(REPOSITORY, "packages/workspace/.tmp/snippets");
    expect(await typeCheckSnippets([...modules, ...scripts], folder)).toBe("");
  });

  it.each(inLanguage("html"))("$place is HTML without an error, and its options exist", async ({ code }) => {
    expect(await findHtmlErrors(code)).toEqual([]);
    expect(findUnknownOptions(code, options)).toEqual([]);
  });

  it.each(inLanguage("css"))("$place is CSS", ({ code }) => {
    const errors: string[] = [];
    parseCss(code, { onParseError: ({ message }) => errors.push(message), parseValue: true });
    expect(errors).toEqual([]);
  });

  it.each(inLanguage("json"))("$place is JSON", ({ code }) => {
    expect(() => JSON.parse(code)).not.toThrow();
  });

  it.each(inLanguage("sh"))("$place is understood by a shell", ({ code }) => {
    expect(() =>
      execFileSync("sh", ["-n"], { input: code, stdio: ["pipe", "ignore", "pipe"] }),
    ).not.toThrow();
  });
});

it.each(globSync("{examples/*,packages/*/src/*}/*.html", { cwd: REPOSITORY }))(
  "%s is HTML without an error",
  async (file) => {
    expect(await findHtmlErrors(readFileSync(join(REPOSITORY, file), "utf8"))).toEqual([]);
  },
);

it("broken HTML and options that do not exist are found", async () => {
  const html =
    '<script async src="https://chat.example.com/widget.js" data-acent="red"></script><b id=a id=b></b>';
  expect(await findHtmlErrors(html)).toEqual([expect.stringContaining("duplicated")]);
  expect(findUnknownOptions(html, options)).toEqual(["acent"]);
  expect(findUnknownOptions('<mailoo-chat bff="/" acent="red"></mailoo-chat>', options)).toEqual(["acent"]);
});

function toFileName(place: string): string {
  return place.replace(/[^\w]+/g, "_");
}
