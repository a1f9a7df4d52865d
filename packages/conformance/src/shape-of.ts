/** Keys and types of an answer, without its values, so that it can be shown to others. */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

/**
 * The shape of a JSON value: types instead of values, an array as the distinct shapes of its items. Texts have a
 * format if it matters: `string (time)`, `string (number)`.
 */
export function shapeOf(value: unknown, depth = 0): Shape {
  if (value === null) return "null";
  if (depth > 8) return "…";
  if (Array.isArray(value)) return distinct(value.slice(0, 200).map((item) => shapeOf(item, depth + 1)));
  if (typeof value === "object") {
    const entries = Object.entries(value).slice(0, 100);
    return Object.fromEntries(entries.map(([key, item]) => [safeKey(key), shapeOf(item, depth + 1)]));
  }
  return typeof value === "string" ? textShape(value) : typeof value;
}

function textShape(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) return "string (time)";
  return /^-?\d+(\.\d+)?$/.test(text) ? "string (number)" : "string";
}

/** A key that does not look like a field's name may be somebody's data. */
function safeKey(key: string): string {
  return /^[A-Za-z_$][\w$.-]{0,39}$/.test(key) && !/\d{3}/.test(key) ? key : "<key>";
}

function distinct(shapes: readonly Shape[]): readonly Shape[] {
  return [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
}
