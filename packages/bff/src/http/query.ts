import { ProblemError } from "../lib/problem-error.ts";

/**
 * The parameters with these names; unknown ones are ignored.
 *
 * @throws ProblemError `invalid_request` if a known one is given twice, or as `name[…]`
 */
export function parseQuery<Name extends string>(
  url: string,
  names: readonly Name[],
): { readonly [Key in Name]?: string } {
  const values: { [Key in Name]?: string } = {};
  for (const [key, value] of new URLSearchParams(url.split("?").slice(1).join("?"))) {
    const name = names.find((parameter) => parameter === key.split("[", 1)[0]);
    if (name === undefined) continue;
    if (name !== key || values[name] !== undefined) {
      throw new ProblemError("invalid_request", { detail: `${name} must be given once, as a plain value` });
    }
    values[name] = value;
  }
  return values;
}
