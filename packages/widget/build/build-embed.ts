import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { copyFile, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type InlineConfig, type Plugin } from "vite";
import { compressFiles } from "./compress-files.ts";
import { EMBED, PACKAGE, SOURCE, TARGET } from "./paths.ts";

/** Beside the locales themselves: their types, and English, which travels with the code. */
const NO_LOCALE = new Set(["strings", "load-locale", "en", "en-extra"]);

/**
 * The files behind the script tag:
 * - `widget.js`, the loader: a classic script;
 * - `assets/<name>-<hash>.js`, modules that are fetched later, and a copy of the loader to be pinned by SRI;
 * - `v1/<name>.js`, the same modules under names that stay, for loaders of an older release.
 *
 * Every locale carries the same hash, that of all of them: so the loader knows 34 names by knowing one.
 */
export async function buildEmbed(): Promise<void> {
  await rm(EMBED, { recursive: true, force: true });
  const locales = globSync("src/locales/*.ts", { cwd: PACKAGE })
    .map((file) => basename(file, ".ts"))
    .filter((name) => !NO_LOCALE.has(name) && !name.includes(".test"));

  const localeHash = await hashOf(locales.map((name) => join(SOURCE, "locales", `${name}.ts`)));
  const localeFiles = Object.fromEntries(locales.map((name) => [name, `locales/${name}.ts`]));
  await buildModules(localeFiles, `assets/[name]-${localeHash}.js`);
  await buildModules(localeFiles, "v1/[name].js");

  const core = await buildModules({ core: "core.ts" }, "assets/[name]-[hash].js");
  const teaser = await buildModules({ teaser: "parts/teaser.ts" }, "assets/[name]-[hash].js");
  // Whole, without files of its own: the hashed ones of its release may be gone.
  await buildModules({ core: "core.ts" }, "v1/[name].js", { codeSplitting: false });
  await buildModules({ teaser: "parts/teaser.ts" }, "v1/[name].js");

  await buildLoader({ core: hashIn(core), teaser: hashIn(teaser), locales: localeHash });
  const loader = join(EMBED, "widget.js");
  await copyFile(loader, join(EMBED, "assets", `widget-${await hashOf([loader])}.js`));
  await compressFiles(EMBED);
}

/** @returns the name of the entry's file, where there is one entry. */
async function buildModules(
  entries: Readonly<Record<string, string>>,
  entryFileNames: string,
  output: { readonly codeSplitting?: boolean } = {},
): Promise<string> {
  const result = await build(
    toConfig({
      lib: {
        entry: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(SOURCE, file)])),
        formats: ["es"],
      },
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        output: { entryFileNames, chunkFileNames: "assets/[name]-[hash].js", minify: true, ...output },
      },
    }),
  );
  const chunks = (Array.isArray(result) ? result : [result]).flatMap((part) =>
    "output" in part ? part.output : [],
  );
  return chunks.find((chunk) => chunk.type === "chunk" && chunk.isEntry)?.fileName ?? "";
}

async function buildLoader(hashes: Readonly<Record<string, string>>): Promise<void> {
  await build({
    ...toConfig({
      lib: { entry: { widget: join(SOURCE, "embed.ts") }, formats: ["iife"], name: "MailooChatLoader" },
      rolldownOptions: { output: { entryFileNames: "widget.js", minify: true, exports: "none" } },
    }),
    define: { __HASHES__: JSON.stringify(hashes) },
  });
}

function toConfig(build: InlineConfig["build"]): InlineConfig {
  return {
    root: PACKAGE,
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@mailoo-chat/source", "module", "browser"] },
    // The classic runtime's calls are smaller than the automatic one's.
    oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
    plugins: [importPragma],
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      outDir: EMBED,
      emptyOutDir: false,
      target: TARGET,
      cssTarget: TARGET,
      modulePreload: false,
      reportCompressedSize: false,
      ...build,
    },
  };
}

const importPragma: Plugin = {
  name: "import-pragma",
  enforce: "pre",
  transform: (code, id) => (id.endsWith(".tsx") ? `import { h, Fragment } from "preact";${code}` : null),
};

/** The hash in `assets/core-Ab3dE_-9.js`. */
function hashIn(fileName: string): string {
  const [, hash] = /^assets\/[a-z]+-(.+)\.js$/.exec(fileName) ?? [];
  if (hash === undefined) throw new Error(`No hash in the file name "${fileName}".`);
  return hash;
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("base64url").slice(0, 8);
}
