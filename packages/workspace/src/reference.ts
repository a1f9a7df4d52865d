import { readFileSync, writeFileSync } from "node:fs";
import { EMBEDDING_PAGE, withReference } from "./reference/embedding-page.ts";
import { README_PAGE, withComparison } from "./reference/readme-page.ts";

// `pnpm reference`: writes the tables of docs/embedding.md from the widget's types, and the README's comparison from
// docs/comparison.md.
writeFileSync(EMBEDDING_PAGE, withReference(readFileSync(EMBEDDING_PAGE, "utf8")));
writeFileSync(README_PAGE, withComparison(readFileSync(README_PAGE, "utf8")));
