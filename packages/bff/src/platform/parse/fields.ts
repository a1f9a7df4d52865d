/**
 * The own fields of a JSON object under canonical names, so that `createdAt`, `created_at` and `CreatedAt` are one.
 * A Map, since the object may have a field named `__proto__`.
 */
export type JsonFields = ReadonlyMap<string, unknown>;

/** Null if the value is not an object. */
export function toFields(value: unknown): JsonFields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    const name = canonical(key);
    // Null does not hide another spelling of the same name.
    if (field !== null && field !== undefined && !fields.has(name)) fields.set(name, field);
  }
  return fields;
}

/** The value of the first of `names` that exists. Names are canonical. */
export function firstOf(fields: JsonFields, names: readonly string[]): unknown {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A word as it is compared: `END_USER`, `end-user` and `endUser` are the same. */
export function canonical(word: string): string {
  return word.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
}

/**
 * An object and the objects nested in it under the names of `wrappers`, innermost first: the id of an envelope is not the id
 * of its content.
 */
export function layers(value: unknown, wrappers: readonly string[], depth = 0): readonly JsonFields[] {
  const fields = toFields(value);
  if (fields === null) return [];
  const found: JsonFields[] = [];
  if (depth < MAX_DEPTH) {
    for (const name of wrappers) {
      found.push(...layers(fields.get(name), wrappers, depth + 1));
    }
  }
  found.push(fields);
  return found;
}

/** The first result of `read` that is not null. */
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

/** Splits a list of words that are separated by blanks. */
export function words(list: string): readonly string[] {
  return list.split(" ");
}

/** The result of a parser: a value, or the keys that it could not parse. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly keysSeen: readonly string[] };

export function understood<T>(value: T): Reading<T> {
  return { ok: true, value };
}

/** Names the keys, so that a dialect can be added. Never a value, which may be a visitor's text. */
export function notUnderstood(value: unknown): Reading<never> {
  return { ok: false, keysSeen: keysSeen(value) };
}

/** Keys of an object, or of an array's first item. A key that is not a plain word may be data, and is left out. */
export function keysSeen(value: unknown): readonly string[] {
  if (Array.isArray(value)) return keysSeen(value[0]);
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value)
    .filter((key) => PLAIN_WORD.test(key))
    .slice(0, MAX_KEYS);
}

const PLAIN_WORD = /^[A-Za-z_][A-Za-z_-]{0,39}$/;
const MAX_KEYS = 20;
