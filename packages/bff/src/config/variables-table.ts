import { MEANINGS } from "./meanings.ts";
import { SECRETS } from "./secret-files.ts";
import { environmentSchema } from "./variables.ts";

/** All variables as the docs show them: made from the schema that reads them, so that the two cannot differ. */
export function toVariablesTable(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const absent = schema.safeParse(undefined);
    const meaning = MEANINGS[name as keyof typeof MEANINGS]; // both have the same keys, by type
    const byFile = SECRETS.some((secret) => secret === name) ? `, or \`${name}_FILE\`` : "";
    const preset = absent.success ? toDefault(absent.data) : "*required*";
    return `| \`${name}\`${byFile} | ${preset} | ${meaning} |`;
  });
  return ["| variable | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** A default as an operator would write it; empty where there is none. */
function toDefault(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "";
  return `\`${typeof value === "object" && value !== null ? fromParts({ ...value }) : toText(value)}\``;
}

function toText(value: unknown): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

/** A rate, or a number of trusted hops. */
function fromParts({ count, seconds }: { readonly count?: unknown; readonly seconds?: unknown }): string {
  return seconds === undefined ? toText(count) : `${toText(count)}/${toText(seconds)}`;
}

const BLOCK = /(<!-- variables -->\n).*?(\n<!-- \/variables -->)/s;

/** A page with its table as it should be. @throws TypeError where the page has no place for one */
export function withVariablesTable(page: string): string {
  if (!BLOCK.test(page)) throw new TypeError("the page has no <!-- variables --> … <!-- /variables -->");
  return page.replace(
    BLOCK,
    (_block, open: string, close: string) => `${open}\n${toVariablesTable()}\n${close}`,
  );
}
