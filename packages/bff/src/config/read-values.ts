import { readFileSync } from "node:fs";
import { type Environment, FILE_VARIABLES, VARIABLE_NAMES } from "./variables.ts";

/** The variables that are set, with their secrets from files. */
export function readValues(env: Environment): ReturnType<typeof readSecretFiles> {
  const { values, problems } = readSecretFiles(env);
  for (const name of [...VARIABLE_NAMES, "NODE_ENV"]) {
    const value = values[name];
    if (value === undefined || TEXTS.has(name) || !isQuoted(value)) continue;
    problems.push(
      `${name}: is given with its quotes, as docker's --env-file passes them on; write the value without quotes`,
    );
    // So that the value itself is not reported, too.
    values[name] = value.slice(1, -1);
  }
  return { values, problems };
}

/** Reads each `NAME_FILE` of a secret into `NAME`, and leaves empty values out. */
export function readSecretFiles(env: Environment): { values: Record<string, string>; problems: string[] } {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  for (const name of FILE_VARIABLES) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) {
      problems.push(`${name}: is given both directly and by ${name}_FILE; leave one of them out`);
      continue;
    }
    const read = readSecretFile(file);
    if ("text" in read) values[name] = read.text;
    else problems.push(`${name}_FILE: ${file} ${read.fault}`);
  }
  return { values, problems };
}

function readSecretFile(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" ? { fault: "is empty" } : { text };
  } catch (error) {
    // ENOENT: there is no such file. EACCES: this user may not read it. EISDIR: it is a folder.
    const code = error instanceof Error && "code" in error ? error.code : "unknown error";
    return { fault: `cannot be read (${code})` };
  }
}

/** A variable whose file cannot be read is not missing, too. */
export function withoutConsequences(problems: readonly string[]): readonly string[] {
  const unread = FILE_VARIABLES.filter((name) => problems.some((text) => text.startsWith(`${name}_FILE: `)));
  return problems.filter((text) => !unread.some((name) => text.startsWith(`${name}: `)));
}

/** Texts for visitors may be in quotes. */
const TEXTS: ReadonlySet<string> = new Set([
  "MAILOO_CHAT_WELCOME_MESSAGE",
  "MAILOO_CHAT_CONSENT_TEXT",
  "MAILOO_CHAT_AWAY_TEXT",
]);

function isQuoted(value: string): boolean {
  const [first] = value;
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first);
}
