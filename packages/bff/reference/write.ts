import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { packageVersion } from "../src/lib/package-version.ts";
import { createOpenApiDocument } from "../src/openapi/openapi-document.ts";
import { PAGES } from "./pages.ts";

// `pnpm reference`: writes docs/openapi.json from the protocol's schemas, and the variables' tables from theirs.

const root = new URL("../../../", import.meta.url);

writeFileSync(
  new URL("docs/openapi.json", root),
  `${JSON.stringify(createOpenApiDocument(packageVersion()), null, 2)}\n`,
);
for (const [path, write] of Object.entries(PAGES)) {
  const file = new URL(path, root);
  writeFileSync(file, write(existsSync(file) ? readFileSync(file, "utf8") : ""));
}
