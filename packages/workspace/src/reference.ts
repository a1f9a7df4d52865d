import { readFileSync, writeFileSync } from "node:fs";
import { README_PAGE, withComparison } from "./reference/readme-page.ts";
import { WIDGET_PAGE, withReference } from "./reference/widget-page.ts";

// `pnpm reference`: writes the tables of docs/widget.md from the widget's types, and the README's comparison from
// docs/comparison.md.
writeFileSync(WIDGET_PAGE, withReference(readFileSync(WIDGET_PAGE, "utf8")));
writeFileSync(README_PAGE, withComparison(readFileSync(README_PAGE, "utf8")));
