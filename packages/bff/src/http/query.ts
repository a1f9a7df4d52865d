import { ProblemError } from "../lib/problem-error.ts";

/**
 * The named parameters of a query string, each at most once. Others are ignored.
 *
 * @throws ProblemError `invalid_request` where a named one is given twice, or as `name[…]`
 */
export function parseQuery<Name extends string>(
  url: string,
  names: readonly Name[],
): { readonly [Key in Name]?: string } {
  const parameters: { [Key in Name]?: string } = {};
  const questionMark = url.indexOf("?");
  if (questionMark === -1) return parameters;
  for (const [key, value] of new URLSearchParams(url.slice(questionMark))) {
    const bracket = key.indexOf("[");
    const name = names.find((candidate) => candidate === (bracket === -1 ? key : key.slice(0, bracket)));
    if (name === undefined) continue;
    if (bracket !== -1 || parameters[name] !== undefined) {
      throw new ProblemError("invalid_request", { detail: `${name} must be given once, as a plain value` });
    }
    parameters[name] = value;
  }
  return parameters;
}
