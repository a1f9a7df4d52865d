import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { toErrorCode } from "../lib/error-code.ts";
import { ConfigError } from "./parse-config.ts";

/** The variables that a `.env` file has added to the environment. */
export interface Dotenv {
  /** Absolute. */
  readonly path: string;
  /** Variables with their value from the file. */
  readonly names: ReadonlySet<string>;
  /** Variables to which the environment gives another value, which takes precedence. */
  readonly overridden: readonly string[];
}

/**
 * Loads the `.env` file of the working directory into `process.env`. Variables that are already set keep their value.
 *
 * @returns null if there is no such file
 * @throws ConfigError if it cannot be read
 */
export function loadDotenv(): Dotenv | null {
  const path = resolve(".env");
  const values = readDotenv(path);
  if (values === null) return null;
  const inEnvironment = Object.entries(values).filter(([name]) => process.env[name] !== undefined);
  const names = new Set(Object.keys(values).filter((name) => process.env[name] === undefined));
  const overridden = inEnvironment
    .filter(([name, value]) => process.env[name] !== value)
    .map(([name]) => name);
  process.loadEnvFile(path);
  return { path, names, overridden };
}

/** Null if there is no such file. @throws ConfigError if it cannot be read */
export function readDotenv(path: string): Readonly<Record<string, string | undefined>> | null {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const code = toErrorCode(error);
    if (code === "ENOENT") return null;
    throw new ConfigError([`.env: ${path} cannot be read (${code})`]);
  }
}

/** Lines for a `.env` file. */
export function toDotenvLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${toDotenvValue(value)}\n`)
    .join("");
}

/**
 * Quotes a value for Node's `--env-file`, dotenv, Docker Compose and shells. All four read single quotes literally. The
 * first two do not support `\"` within double quotes. If a value has an apostrophe and one of `"`, `\`, `$` or a backtick,
 * no quoting works for all of them; shells and Docker Compose still read it correctly.
 */
export function toDotenvValue(value: string): string {
  if (/^[\w.:/,*@~-]+$/.test(value)) return value;
  if (!/['\n]/.test(value)) return `'${value}'`;
  return `"${value.replace(/["\\$`]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}
