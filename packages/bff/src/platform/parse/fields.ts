/**
 * The own fields of a JSON object under canonical names, so that `createdAt`, `created_at` and `CreatedAt` are one.
 * A Map, since a foreign object may well have a field named `__proto__`.
 */
export type JsonFields = ReadonlyMap<string, unknown>;

/** Null where the value is no object. */
export function toFields(value: unknown): JsonFields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    const name = canonical(key);
    // Null says nothing, so it does not hide another spelling.
    if (field !== null && field !== undefined && !fields.has(name)) fields.set(name, field);
  }
  return fields;
}

/** The value of the first name that is there: the order of `names` is the precedence. Names are lower-case letters. */
export function firstOf(fields: JsonFields, names: readonly string[]): unknown {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Every message has the same few keys, and the same few words for who wrote it: each is worked out once. */
const canonicalWords = new Map<string, string>();
const MAX_CANONICAL_WORDS = 1_000;

/** A word as it is compared: `END_USER`, `end-user` and `endUser` are one. */
export function canonical(word: string): string {
  const known = canonicalWords.get(word);
  if (known !== undefined) return known;
  const name = word.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
  if (canonicalWords.size < MAX_CANONICAL_WORDS && word.length <= 100) canonicalWords.set(word, name);
  return name;
}

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
