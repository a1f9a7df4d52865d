import { closestMatch } from "leven";
import type { Environment } from "./environment.ts";
import { SECRETS, VARIABLES } from "./variables.ts";

/** A variable that is set, has our prefix, and is not read. */
export interface UnknownVariable {
  readonly name: string;
  /** Reads on after the name. */
  readonly hint: string;
}

const PREFIX = "MAILOO_CHAT_";
/** More wrong letters than this are another word. */
const MAX_DISTANCE = 4;

const NAMES: readonly string[] = [...VARIABLES, ...SECRETS.map((name) => `${name}_FILE`)];

export function findUnknownVariables(env: Environment): readonly UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !NAMES.includes(name))
    .map((name) => {
      const intended = closestMatch(name, NAMES, { maxDistance: MAX_DISTANCE });
      const question = intended === undefined ? "" : `; did you mean ${intended}?`;
      return { name, hint: `is not a variable of the BFF and is ignored${question}` };
    });
}
