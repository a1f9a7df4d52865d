import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import { type Member, readMembers } from "./read-members.ts";
import { replaceSection } from "./replace-section.ts";

export const WIDGET_PAGE = join(REPOSITORY, "docs/widget.md");

/** `docs/widget.md` with its tables written from the widget's types and their comments. */
export function withReference(page: string): string {
  const options = readMembers("options.ts", "ChatWidgetOptions");
  const calls = readMembers("widget.ts", "ChatWidget").filter(({ parameters }) => parameters !== null);
  const state = readMembers("widget.ts", "ChatWidgetState");
  const events = readMembers("widget.ts", "ChatWidgetEvents");
  const sections = {
    options: `\n${toGroups(options).map(toOptionTable).join("\n\n")}\n`,
    calls: toTable(["call", "what it does"], calls.map(toCallRow)),
    state: toTable(["member", "type", "meaning"], state.map(toStateRow)),
    events: toTable(["event", "comes with", "when"], events.map(toEventRow)),
  };
  return Object.entries(sections).reduce((text, [name, table]) => replaceSection(text, name, table), page);
}

/** Each group begins with a member that names it. */
function toGroups(members: readonly Member[]): readonly (readonly Member[])[] {
  const starts = members.flatMap(({ group }, index) => (group === null ? [] : [index]));
  return starts.map((start, index) => members.slice(start, starts[index + 1]));
}

function toOptionTable(group: readonly Member[]): string {
  return `### ${group[0]?.group}\n\n${toTable(["option", "takes", "default", "meaning"], group.map(toOptionRow))}`;
}

function toOptionRow({ name, type, text, defaultText }: Member): readonly string[] {
  return [toCode(name), toTypes(type), toDefault(defaultText ?? ""), text];
}

function toCallRow({ name, type, parameters, text }: Member): readonly string[] {
  const answer = type === "void" ? "" : ` → \`${type}\``;
  return [`\`${name}(${parameters?.join(", ")})\`${answer}`, text];
}

function toStateRow({ name, type, text }: Member): readonly string[] {
  return [toCode(name), toTypes(type), text];
}

function toEventRow({ name, type, text }: Member): readonly string[] {
  return [toCode(name), type === "undefined" ? "" : toCode(type.replaceAll("readonly ", "")), text];
}

/** The alternatives of a union, without the absent ones, by commas: `|` would end the table's cell. */
function toTypes(type: string): string {
  const types = type.replaceAll("readonly ", "").split(" | ");
  return types
    .filter((each) => each !== "null" && each !== "undefined")
    .map(toCode)
    .join(", ");
}

/** Values as code, descriptions as text. */
function toDefault(text: string): string {
  return text.replace(/^("[^"]*"|\d+|true|false)(?=$|:)/, "`$1`");
}

function toCode(text: string): string {
  return `\`${text}\``;
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
