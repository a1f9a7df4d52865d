import { writeFileSync } from "node:fs";
import { packageVersion } from "../package-version.ts";
import { createAsyncApiDocument } from "./asyncapi-document.ts";
import { createOpenApiDocument } from "./openapi-document.ts";

/** `pnpm --filter @mailoo-chat/bff run describe`: writes the documents that are checked in; a test compares them. */
const docs = new URL("../../../../docs/", import.meta.url);
const documents = { "openapi.json": createOpenApiDocument, "asyncapi.json": createAsyncApiDocument };

for (const [file, create] of Object.entries(documents)) {
  writeFileSync(new URL(file, docs), `${JSON.stringify(create(packageVersion()), null, 2)}\n`);
}
