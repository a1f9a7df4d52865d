import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { copyFile, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type InlineConfig, type Plugin } from "vite";
import { listThirdParties } from "../../workspace/src/notices/list-third-parties.ts";
import { compressFiles } from "./compress-files.ts";
import { minifyCode } from "./minify-code.ts";
import { EMBED, PACKAGE, SOURCE, TARGET } from "./paths.ts";
import { shortenVariables } from "./shorten-variables.ts";

/** `Features.LightDark` of lightningcss: it would write variables for `light-dark()` beside every `color-scheme`. */
const LIGHT_DARK = 1 << 20;

/** Beside the locales themselves: their types, and English, which travels with the code. */
const NO_LOCALE = new Set(["strings", "load-locale", "en", "en-extra"]);

/** Stands for the release's hash until the files are there that it is computed from. */
const RELEASE = "000000";

/**
 * The files behind the script tag:
 * - `widget.js`, the loader: a classic script;
 * - `assets/<name>-<hash>.js`, modules that are fetched later, and a copy of the loader to be pinned by SRI;
 * - `v1/<name>.js`, what the loader asks for, under names that stay, for loaders of an older release; and the loader.
 *
 * All modules of a release have one hash, that of all of them: so the loader knows forty names by knowing one, and the
 * modules of two releases are never mixed.
 */
export async function buildEmbed(): Promise<void> {
  await rm(EMBED, { recursive: true, force: true });
  const locales = globSync("src/locales/*.ts", { cwd: PACKAGE })
    .map((file) => basename(file, ".ts"))
    .filter((name) => !NO_LOCALE.has(name) && !name.includes(".test"));
  const extras = { extras: "extras/extras.ts" };
  const localeFiles = Object.fromEntries(locales.map((name) => [name, `locales/${name}.ts`]));

  for (const entries of [{ core: "core.ts" }, extras, localeFiles]) {
    await buildModules(entries, `assets/[name]-${RELEASE}.js`);
  }
  // The core whole, without files of its own: the hashed ones of its release may be gone.
  for (const entries of [{ core: "core.ts" }, extras, localeFiles]) {
    await buildModules(entries, "v1/[name].js", { codeSplitting: !("core" in entries) });
  }
  await buildLoader(await nameRelease(join(EMBED, "assets")));
  const loader = join(EMBED, "widget.js");
  await copyFile(loader, join(EMBED, "assets", `widget-${await hashOf([loader])}.js`));
  await writeVersionedLoader(loader);
  await compressFiles(EMBED);
}

async function buildModules(
  entries: Readonly<Record<string, string>>,
  entryFileNames: string,
  output: { readonly codeSplitting?: boolean } = {},
): Promise<void> {
  await build(
    toConfig({
      // As a library: an application's build would put a helper for preloading style sheets around every import.
      lib: {
        entry: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(SOURCE, file)])),
        formats: ["es"],
      },
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        checks: { pluginTimings: false },
        output: { entryFileNames, chunkFileNames: `assets/[name]-${RELEASE}.js`, ...output },
      },
    }),
  );
}

/** Puts the hash of all files into their names, and into the names by which they import each other. */
async function nameRelease(directory: string): Promise<string> {
  const files = globSync("*.js", { cwd: directory })
    .sort()
    .map((file) => join(directory, file));
  const release = await hashOf(files);
  for (const file of files) {
    const code = await readFile(file, "utf8");
    await writeFile(file, code.replaceAll(`-${RELEASE}.js`, `-${release}.js`));
    await rename(file, file.replace(`-${RELEASE}.js`, `-${release}.js`));
  }
  return release;
}

async function buildLoader(release: string): Promise<void> {
  await build({
    ...toConfig({
      rolldownOptions: {
        input: join(SOURCE, "embed.ts"),
        output: { format: "iife", entryFileNames: "widget.js", exports: "none" },
      },
    }),
    define: { __RELEASE__: JSON.stringify(release) },
  });
}

/** The loader again, for a path that names the version: there, it is found one folder further down. */
async function writeVersionedLoader(loader: string): Promise<void> {
  const code = await readFile(loader, "utf8");
  const versioned = code.replace("|widget)\\.js", "|(?:v1\\/)?widget)\\.js");
  if (versioned === code)
    throw new Error("The loader no longer looks for itself as embed/find-script.ts says.");
  await writeFile(join(EMBED, "v1/widget.js"), versioned);
}

function toConfig(build: InlineConfig["build"]): InlineConfig {
  return {
    root: PACKAGE,
    configFile: false,
    logLevel: "warn",
    resolve: {
      conditions: ["@mailoo-chat/source", "module", "browser"],
      alias: { preact: join(SOURCE, "embed/renderer.ts") },
    },
    css: { lightningcss: { exclude: LIGHT_DARK } },
    // The classic runtime's calls are smaller than the automatic one's.
    oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
    plugins: [importPragma, shortenVariables(), thirdParties, minifyCode()],
    build: {
      outDir: EMBED,
      emptyOutDir: false,
      target: TARGET,
      cssTarget: TARGET,
      minify: false,
      cssMinify: "lightningcss",
      modulePreload: false,
      reportCompressedSize: false,
      ...build,
    },
  };
}

/** For THIRD-PARTY-NOTICES.md. */
const thirdParties = listThirdParties(join(PACKAGE, ".tmp/third-parties.json"));

const importPragma: Plugin = {
  name: "import-pragma",
  enforce: "pre",
  transform: (code, id) => (id.endsWith(".tsx") ? `import { h, Fragment } from "preact";${code}` : null),
};

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("base64url").slice(0, 6);
}
