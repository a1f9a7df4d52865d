import { readFileSync, writeFileSync } from "node:fs";
import { withVariablesTable } from "../config/variables-table.ts";
import { packageVersion } from "../lib/package-version.ts";
import { createOpenApiDocument } from "./openapi-document.ts";

/** `pnpm --filter @mailoo-chat/bff run describe`: writes what is checked in of the schemas; tests compare it. */
const docs = new URL("../../../../docs/", import.meta.url);
writeFileSync(
  new URL("openapi.json", docs),
  `${JSON.stringify(createOpenApiDocument(packageVersion()), null, 2)}\n`,
);

for (const page of [new URL("bff.md", docs), new URL("../packages/bff/README.md", docs)]) {
  writeFileSync(page, withVariablesTable(readFileSync(page, "utf8")));
}
