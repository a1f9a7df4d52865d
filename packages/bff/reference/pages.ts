import {
  defaultText,
  docOf,
  FILE_VARIABLES,
  VARIABLE_GROUPS,
  type VariableName,
} from "../src/config/variables.ts";

/** Files with a part, or all, written from the schema of the variables. `pnpm reference` writes them. */
export const PAGES = {
  "docs/bff.md": withTables,
  "packages/bff/.env.example": toEnvExample,
} as const satisfies Readonly<Record<string, (current: string) => string>>;

const BLOCK = /(<!-- variables: [^\n]*-->\n).*?(\n<!-- \/variables -->)/s;

/** The page with its tables of variables as they should be. @throws TypeError if the page has no place for them */
function withTables(page: string): string {
  if (!BLOCK.test(page)) throw new TypeError("the page has no <!-- variables: … --> … <!-- /variables -->");
  return page.replace(
    BLOCK,
    (_block, open: string, close: string) => `${open}\n${groups().map(toTable).join("\n\n")}\n${close}`,
  );
}

function toTable([title, names]: readonly [string, readonly VariableName[]]): string {
  const rows = names.map((name) => {
    const byFile = FILE_VARIABLES.includes(name) ? `, \`${name}_FILE\`` : "";
    const preset = defaultText(name);
    const value = preset === null ? "*required*" : preset === "" ? presenceOf(name) : `\`${preset}\``;
    return `| \`${name}\`${byFile} | ${value} | ${docOf(name).description} |`;
  });
  return `### ${title}\n\n${["| variable | default | meaning |", "| --- | --- | --- |", ...rows].join("\n")}`;
}

function presenceOf(name: VariableName): string {
  return docOf(name).requiredInProduction ? "*required in production*" : "";
}

/** What is required is there to be filled in; everything else is a comment with its default or an example. */
function toEnvExample(): string {
  const head =
    "# The variables of mailoo-chat-bff. `mailoo-chat-bff init` writes the required ones for you.\n";
  const parts = groups().map(([title, names]) => `# ${title}\n\n${names.map(toLines).join("\n\n")}\n`);
  return [head, ...parts].join("\n");
}

function toLines(name: VariableName): string {
  const { description, example, requiredInProduction } = docOf(name);
  const preset = defaultText(name);
  const isRequired = preset === null || requiredInProduction || name === "MAILOO_CHAT_INTEGRATION_API";
  return `# ${toSentence(description)}\n${isRequired ? "" : "# "}${name}=${example ?? preset ?? ""}`;
}

/** Without Markdown's backticks. */
function toSentence(markdown: string): string {
  const text = markdown.replaceAll("`", "");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function groups(): readonly (readonly [string, readonly VariableName[]])[] {
  // Object.keys of literals whose keys are the names.
  return Object.entries(VARIABLE_GROUPS).map(([title, group]) => [
    title,
    Object.keys(group) as VariableName[],
  ]);
}
