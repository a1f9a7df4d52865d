import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { SOURCE } from "./paths.ts";

/** Of a style sheet or of a quoted name in code. What a site may set begins with `--mailoo-chat-` and keeps its name. */
const VARIABLE = /(?<![\w-])--(?!mailoo-chat-)[a-z][a-z-]*/g;

/**
 * Gives the shadow root's own CSS variables names of one letter. No file of another release sees them: its sheets are
 * in another shadow root.
 */
export function shortenVariables(): Plugin {
  const sheets = globSync("**/*.css", { cwd: SOURCE }).sort();
  const found = sheets.flatMap((sheet) => readFileSync(join(SOURCE, sheet), "utf8").match(VARIABLE) ?? []);
  const letters = new Map<string, string>();
  for (const name of found) {
    if (!letters.has(name)) letters.set(name, pickLetter(name, [...letters.values()]));
  }
  const shorten = (text: string) => text.replaceAll(VARIABLE, (name) => `--${letters.get(name)}`);

  return {
    name: "shorten-variables",
    enforce: "pre",
    transform(code, id) {
      const [file = ""] = id.split("?");
      if (!file.startsWith(SOURCE)) return null;
      return file.endsWith(".css") ? shorten(code) : code.replaceAll(/"--[\w-]+"/g, shorten);
    },
  };
}

/** The first of its own letters that is free, else any. */
function pickLetter(name: string, taken: readonly string[]): string {
  const letter = [...name.slice(2), ..."abcdefghijklmnopqrstuvwxyz"].find(
    (own) => own !== "-" && !taken.includes(own),
  );
  if (!letter) throw new Error("There are more CSS variables than letters.");
  return letter;
}
