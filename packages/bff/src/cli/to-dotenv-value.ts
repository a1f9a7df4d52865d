/** Lines for a `.env` file. */
export function toDotenvLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${toDotenvValue(value)}\n`)
    .join("");
}

/**
 * A value as `.env` files are read by Node's `--env-file`, by dotenv, by Docker Compose and by a shell. In single quotes
 * all four take everything literally; in double quotes the first two know no `\"`. What has an apostrophe and one of
 * `"`, `\`, `$` or a backtick cannot be written for all of them: a shell and Docker Compose still read it right.
 */
export function toDotenvValue(value: string): string {
  if (/^[\w.:/,*@~-]+$/.test(value)) return value;
  if (!/['\n]/.test(value)) return `'${value}'`;
  return `"${value.replace(/["\\$`]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}
