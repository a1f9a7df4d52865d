import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { README_PAGE, withComparison } from "@mailoo-chat/workspace/readme-page";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { compareWidgets } from "./widget/compare-widgets.ts";
import { toComparisonPage } from "./widget/comparison-page.ts";
import { toComparisonTables } from "./widget/comparison-tables.ts";

// `pnpm bench:widget [--json] [--write] [--runs N]`: compares the widget's cost for a page with other chat widgets, in one
// run. Needs the build, a Chromium, and for the first run the npm registry. `--write` updates docs/comparison.md
// and the README's figures.

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    runs: { type: "string", default: "5" },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs is a whole number above 0, and not ${values.runs}`);
  process.exit(2);
}

const comparison = await compareWidgets({ runs, log: console.error });
if (values.write) {
  await writeFile(join(REPOSITORY, "docs/comparison.md"), toComparisonPage(comparison));
  await writeFile(README_PAGE, withComparison(await readFile(README_PAGE, "utf8")));
}
console.log(values.json ? JSON.stringify(comparison) : toComparisonTables(comparison));
