import type { JsonFields } from "./json-fields.ts";

/**
 * What frames of one kind have in common, so that it can be learnt whether they bring news: the names that they give
 * themselves and their keys; of a text its words. Digits do not count.
 */
export function frameKind(frame: string, levels: readonly JsonFields[], names: readonly string[]): string {
  const outermost = levels.at(-1);
  // Short ones are codes, such as the pings of Engine.IO.
  if (outermost === undefined) return frame.length <= 4 ? frame : toKind(frame);
  return toKind([...names, ...[...outermost.keys()].toSorted()].join(" "));
}

const MAX_UNITS = 100;

function toKind(text: string): string {
  return text.slice(0, MAX_UNITS).replaceAll(/[0-9]+/g, "#");
}
