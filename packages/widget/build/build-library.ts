import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { LIBRARY, PACKAGE, SOURCE, TARGET } from "./paths.ts";

/** One file for each of the package's entries, and what these share. */
const ENTRIES = {
  index: "index.ts",
  client: "client/index.ts",
  preact: "preact.tsx",
  react: "react.ts",
  element: "element.ts",
};

/** For those who import the package: ES modules that leave bundling to them, and the types. */
export async function buildLibrary(): Promise<void> {
  await rm(LIBRARY, { recursive: true, force: true });
  await build({
    root: PACKAGE,
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@mailoo-chat/source", "module", "browser"] },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: LIBRARY,
      target: TARGET,
      cssTarget: TARGET,
      modulePreload: false,
      reportCompressedSize: false,
      lib: {
        entry: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(SOURCE, file)])),
        formats: ["es"],
      },
      rolldownOptions: {
        external: /^(?:preact|react|@mailoo-chat\/protocol)(?:\/|$)/,
        output: { chunkFileNames: "chunks/[name]-[hash].js" },
      },
    },
  });
  await promisify(execFile)("tsc", ["-p", join(PACKAGE, "tsconfig.build.json")]);
}
