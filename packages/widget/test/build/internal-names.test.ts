import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { INTERNAL_NAMES } from "../../build/internal-names.ts";
import { PACKAGE } from "../../build/paths.ts";

/** Every word of these files' code, comments left out. */
function wordsOf(...patterns: readonly string[]): ReadonlySet<string> {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: PACKAGE }));
  const code = files
    .filter((file) => !file.includes(".test."))
    .map((file) => readFileSync(join(PACKAGE, file), "utf8"))
    .join("\n")
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  return new Set(code.match(/\w+/g));
}

it("an internal name stands for something, and for nothing that others know", () => {
  const inside = wordsOf("src/{client,ui,parts}/**/*.{ts,tsx}");
  const outside = wordsOf(
    "../protocol/src/**/*.ts",
    "src/*.{ts,tsx}",
    "src/{shell,embed,extras,locales}/**/*.{ts,tsx}",
    // What is stored, and what a browser offers.
    "src/client/{stored-session,outbox,unread}.ts",
    "src/parts/preferences.ts",
  );
  expect(INTERNAL_NAMES.filter((name) => !inside.has(name))).toEqual([]);
  expect(INTERNAL_NAMES.filter((name) => outside.has(name))).toEqual([]);
});

it("an internal name is none that a file of its own is asked for", () => {
  const parts = globSync("src/parts/*.{ts,tsx}", { cwd: PACKAGE });
  const exported = parts.flatMap((file) =>
    Array.from(
      readFileSync(join(PACKAGE, file), "utf8").matchAll(/^export (?:async )?(?:function|const) (\w+)/gm),
      ([, name]) => name,
    ),
  );
  expect(exported).toContain("createMenu");
  expect(INTERNAL_NAMES.filter((name) => exported.includes(name))).toEqual([]);
});
