import { delimiter, join, resolve } from "node:path";

/** The top level of the repository. */
export const REPOSITORY = resolve(import.meta.dirname, "../../..");

/**
 * The environment for the repository's own commands: its binaries stand first on the path, the pinned Node among them,
 * whichever Node the caller has.
 */
export function toolEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [join(REPOSITORY, "node_modules/.bin"), process.env.PATH].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}
