import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { INTERNAL_NAMES } from "../../build/internal-names.ts";
import { PACKAGE } from "../../build/paths.ts";

/** Bundled with the panel, in folders whose other files speak to others. */
const BUNDLED = ["src/embed/renderer.ts", "../protocol/src/retry-schedule.ts", "../protocol/src/content.ts"];

function filesOf(...patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => globSync(pattern, { cwd: PACKAGE }));
}

/** What these files' code says, comments left out. */
function readCode(files: readonly string[]): string {
  return files
    .filter((file) => !file.includes(".test."))
    .map((file) => readFileSync(join(PACKAGE, file), "utf8"))
    .join("\n")
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
}

it("an internal name stands for something, and for nothing that others know", () => {
  const inside = readCode([...filesOf("src/{client,ui,parts}/**/*.{ts,tsx}"), ...BUNDLED]);
  const others = filesOf(
    "../protocol/src/**/*.ts",
    "src/*.{ts,tsx}",
    "src/{shell,embed,extras,locales}/**/*.{ts,tsx}",
    // What is stored, and what a browser offers.
    "src/client/{stored-session,outbox,unread}.ts",
    "src/parts/preferences.ts",
  );
  const outside = readCode(others.filter((file) => !BUNDLED.includes(file)));
  const words = new Set(inside.match(/\w+/g));
  const defined = new Set(Array.from(outside.matchAll(/(\w+)\??[:(<]/g), ([, name]) => name));
  expect(INTERNAL_NAMES.filter((name) => !words.has(name))).toEqual([]);
  expect(defined).toContain("welcomeMessage");
  expect(defined).toContain("claimedUntilMs");
  expect(INTERNAL_NAMES.filter((name) => defined.has(name))).toEqual([]);
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
