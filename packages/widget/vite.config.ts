import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync } from "node:fs";
import { type BuildOptions, defineConfig, type EnvironmentOptions } from "vite";
import { finishRelease } from "./build/finish-release.ts";
import { OLDEST_ENGINES } from "./build/oldest-engines.ts";
import { SHIPPED_LOCALES } from "./src/launcher/labels.ts";

// Builds the files behind the script tag:
// - `widget.js`, the loader: a classic script;
// - `assets/<name>-<release>.js`: modules that are fetched later, and the loader again for pages that pin it;
// - `v1/<name>.js`: all of these under names that stay, for loaders of another release.

const OUT_DIR = "dist/embed";

/** A hash of all that the files are made from. The loader finds every file of its own release by this one name. */
const RELEASE = hashFiles(
  "src/**/*.*",
  "../protocol/src/**/*.*",
  "build/*.ts",
  "vite.config.ts",
  "package.json",
  "tsconfig.json",
  "../../tsconfig.base.json",
  "../../pnpm-lock.yaml",
);

const LOCALES = SHIPPED_LOCALES.filter((locale) => locale !== "en");

export default defineConfig({
  logLevel: "warn",
  resolve: { conditions: ["@mailoo-chat/source", "module", "browser"] },
  build: { outDir: OUT_DIR, emptyOutDir: false, target: OLDEST_ENGINES, reportCompressedSize: false },
  environments: {
    client: modules(
      {
        core: "src/core.ts",
        ...Object.fromEntries(LOCALES.map((locale) => [locale, `src/i18n/${locale}.ts`])),
      },
      { fileName: "THIRD-PARTY-NOTICES.md" },
    ),
    // Built apart from the core, so that neither has to fetch a file that both share.
    extras: modules({ extras: "src/launcher/extras.ts" }),
    loader: loader("widget.js"),
    versionedLoader: loader("v1/widget.js"),
  },
  builder: {
    async buildApp({ build, environments }) {
      rmSync(OUT_DIR, { recursive: true, force: true });
      for (const environment of Object.values(environments)) await build(environment);
      finishRelease(OUT_DIR, RELEASE);
    },
  },
});

/** As a library: an application would get Vite's helper for preloading style sheets around every `import()`. */
function modules(
  entry: Readonly<Record<string, string>>,
  license: BuildOptions["license"] = false,
): EnvironmentOptions {
  const fileNames = `assets/[name]-${RELEASE}.js`;
  return {
    consumer: "client",
    build: {
      lib: { entry, formats: ["es"] },
      license,
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        // Vite leaves the white space in a library's modules.
        output: { entryFileNames: fileNames, chunkFileNames: fileNames, minify: true },
      },
    },
  };
}

function loader(fileName: "widget.js" | "v1/widget.js"): EnvironmentOptions {
  return {
    consumer: "client",
    define: {
      __RELEASE__: JSON.stringify(RELEASE),
      __IS_VERSIONED__: JSON.stringify(fileName.startsWith("v1/")),
    },
    build: {
      rolldownOptions: {
        input: "src/script-tag.ts",
        output: { format: "iife", entryFileNames: fileName, exports: "none" },
      },
    },
  };
}

function hashFiles(...patterns: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of globSync(patterns).sort()) hash.update(readFileSync(file));
  return hash.digest("base64url").slice(0, 6);
}
