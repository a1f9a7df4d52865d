import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";

/** What a `.env` file has added to the environment. */
export interface Dotenv {
  /** Absolute. */
  readonly path: string;
  /** Variables whose value is from the file. */
  readonly names: ReadonlySet<string>;
  /** Variables that the file sets too, but to another value: the environment's wins. */
  readonly overridden: readonly string[];
}

/**
 * Loads the `.env` file of the working directory into `process.env`. A variable that is set already keeps its value.
 *
 * @returns null if there is no such file
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

/** Null if there is no such file. */
export function readDotenv(path: string): Readonly<Record<string, string | undefined>> | null {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
