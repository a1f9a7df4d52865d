import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync } from "node:fs";
import { type BuildOptions, defineConfig, type EnvironmentOptions } from "vite";
import { finishRelease } from "./build/finish-release.ts";
import { OLDEST_ENGINES } from "./build/oldest-engines.ts";
import { SHIPPED_LOCALES } from "./src/launcher/labels.ts";

// Builds the files behind the script tag:
// - `widget.js`, the loader: a classic script;
// - `assets/<name>-<release>.js`: the core, one file for each locale, what is fetched at need (the challenge solver,
//   linkifyjs, the reader of formatting, the options that few pages use), and the loader again for pages that pin it;
// - `v1/<name>.js`: all of these under names that stay, for loaders of another release.

const OUT_DIR = "dist/embed";

/** Other packages of this repository are built from their sources. */
const FROM_SOURCE = { conditions: ["@mailoo-chat/source", "module", "browser"] };

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

/**
 * Lightning CSS's name for it is `Features.LightDark`: wherever a style sheet says `color-scheme`, it would add a substitute
 * for `light-dark()`, which none of ours uses.
 */
const LIGHT_DARK = 1 << 20;

const LOCALES = SHIPPED_LOCALES.filter((locale) => locale !== "en");

export default defineConfig({
  logLevel: "warn",
  build: {
    outDir: OUT_DIR,
    emptyOutDir: false,
    target: OLDEST_ENGINES,
    reportCompressedSize: false,
    rolldownOptions: {
      optimization: { inlineConst: { mode: "all" } },
      // Vite turns top-level constants into variables, which the minifier does not inline.
      output: { topLevelVar: false },
    },
  },
  css: { lightningcss: { exclude: LIGHT_DARK } },
  // Preact's `h` alone: the automatic runtime would bring a second function that creates elements.
  oxc: {
    include: /\.tsx$/,
    jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" },
    jsxInject: 'import { Fragment, h } from "preact"',
  },
  environments: {
    client: modules(
      {
        core: "src/chat/mount.tsx",
        attention: "src/attention/attention.ts",
        away: "src/chat/away.ts",
        "find-links": "src/chat/find-links.ts",
        "format-text": "src/formatting/format-text.ts",
        "on-accent": "src/chat/on-accent.ts",
        "recall-session": "src/client/recall-session.ts",
        "stored-lock": "src/client/tabs/stored-lock.ts",
        "solve-challenge": "src/chat/solve-challenge.ts",
        transcript: "src/chat/download-transcript.ts",
        ...Object.fromEntries(LOCALES.map((locale) => [locale, `src/i18n/${locale}.ts`])),
      },
      { fileName: "THIRD-PARTY-NOTICES.md" },
    ),
    // Has copies of what it shares with the core, since it is there before.
    pageOptions: modules({ "page-options": "src/page-options/follow-options.ts" }),
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

/** No module fetches another by itself: the loader fetches each by its absolute URL. */
function modules(
  input: Readonly<Record<string, string>>,
  license: BuildOptions["license"] = false,
): EnvironmentOptions {
  const fileNames = `assets/[name]-${RELEASE}.js`;
  return {
    consumer: "client",
    resolve: FROM_SOURCE,
    build: {
      license,
      modulePreload: false,
      rolldownOptions: {
        input,
        preserveEntrySignatures: "strict",
        output: { format: "es", entryFileNames: fileNames, chunkFileNames: fileNames },
      },
    },
  };
}

function loader(fileName: "widget.js" | "v1/widget.js"): EnvironmentOptions {
  return {
    consumer: "client",
    resolve: FROM_SOURCE,
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
