import { readFileSync, writeFileSync } from "node:fs";
import { packageVersion } from "../package-version.ts";
import { withVariablesTable } from "../variables-table.ts";
import { createAsyncApiDocument } from "./asyncapi-document.ts";
import { createOpenApiDocument } from "./openapi-document.ts";

/** `pnpm --filter @mailoo-chat/bff run describe`: writes what is checked in of the schemas; tests compare it. */
const docs = new URL("../../../../docs/", import.meta.url);
const documents = { "openapi.json": createOpenApiDocument, "asyncapi.json": createAsyncApiDocument };

for (const [file, create] of Object.entries(documents)) {
  writeFileSync(new URL(file, docs), `${JSON.stringify(create(packageVersion()), null, 2)}\n`);
}

for (const page of [new URL("bff.md", docs), new URL("../packages/bff/README.md", docs)]) {
  writeFileSync(page, withVariablesTable(readFileSync(page, "utf8")));
}
