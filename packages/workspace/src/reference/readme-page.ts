import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import { replaceSection } from "./replace-section.ts";

export const README_PAGE = join(REPOSITORY, "README.md");

const COMPARISON_PAGE = join(REPOSITORY, "docs/comparison.md");

/** The README with the figures of docs/comparison.md, if that page exists. */
export function withComparison(readme: string): string {
  const comparison = existsSync(COMPARISON_PAGE) ? readFileSync(COMPARISON_PAGE, "utf8") : null;
  return replaceSection(readme, "comparison", comparison === null ? "" : toSection(comparison));
}

/** The first table of figures, with a link to the others. */
export function toSection(comparison: string): string {
  const [, table] = /^### Transfer\n\n(.*?)\n\n/ms.exec(comparison) ?? [];
  const [, date] = /^Measured (\S+)/m.exec(comparison) ?? [];
  if (table === undefined || date === undefined)
    throw new Error("docs/comparison.md lacks its date or its table of what travels");
  return `## Comparison

What a browser downloads until the launcher is shown (closed) and until the panel is open, in bytes after Brotli:

${table}

Measured on ${date}. A test checks the [sizes of today's build](packages/widget/README.md#size). The others do more: [what they offer, and how this was measured](docs/comparison.md).
`;
}
