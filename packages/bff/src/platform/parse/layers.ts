import { type JsonFields, toFields } from "./json-fields.ts";

/**
 * An object and the objects that it carries under the names of `wrappers`, innermost first: what an envelope says
 * of itself, its id above all, is not what its letter says.
 */
export function layers(value: unknown, wrappers: readonly string[], depth = 0): readonly JsonFields[] {
  const fields = toFields(value);
  if (fields === null) return [];
  const found: JsonFields[] = [];
  if (depth < MAX_DEPTH) {
    for (const name of wrappers) {
      const letter = fields.get(name);
      // Most have none: this runs for every message of every listing.
      if (typeof letter === "object") found.push(...layers(letter, wrappers, depth + 1));
    }
  }
  found.push(fields);
  return found;
}

/** The first meaning that any layer has. */
export function firstFound<T>(
  layers: readonly JsonFields[],
  read: (fields: JsonFields) => T | null,
): T | null {
  for (const fields of layers) {
    const found = read(fields);
    if (found !== null) return found;
  }
  return null;
}

const MAX_DEPTH = 3;
