/** The result of a parser: a value, or the keys of what it did not understand. */
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
