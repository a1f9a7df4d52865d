import { REQUIREMENTS } from "./requirements.ts";

const BEGIN = "<!-- promises: written by `pnpm --filter @mailoo-chat/e2e run promises` -->";
const END = "<!-- /promises -->";

/** `docs/protocol.md` with its list of promises made anew. */
export function withPromises(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n${promisesTable()}\n${END}${after}`;
}

function promisesTable(): string {
  const rows = Object.entries(REQUIREMENTS).map(
    ([id, promise]) => `| ${id} | ${promise.replaceAll("|", "\\|")} |`,
  );
  return ["| id | promise |", "| --- | --- |", ...rows].join("\n");
}
