import { readFileSync } from "node:fs";
import type { Environment } from "./variables.ts";
import { SECRETS } from "./variables.ts";

/** Reads each `NAME_FILE` of a secret into `NAME`, and leaves empty values out. */
export function readSecretFiles(env: Environment): { values: Record<string, string>; problems: string[] } {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  for (const name of SECRETS) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) {
      problems.push(`${name}: is given both directly and by ${name}_FILE; leave one of them out`);
      continue;
    }
    const text = readSecretFile(file);
    if (text === null) problems.push(`${name}_FILE: ${file} cannot be read`);
    else if (text === "") problems.push(`${name}_FILE: ${file} is empty`);
    else values[name] = text;
  }
  return { values, problems };
}

function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
