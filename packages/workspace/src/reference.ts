import { readFileSync, writeFileSync } from "node:fs";
import { EMBEDDING_PAGE, withReference } from "./reference/embedding-page.ts";

// `pnpm reference`: writes the tables of docs/embedding.md from the widget's types.
writeFileSync(EMBEDDING_PAGE, withReference(readFileSync(EMBEDDING_PAGE, "utf8")));
