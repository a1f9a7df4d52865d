import { createHash } from "node:crypto";
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/**
 * Adds to the built scripts what a server needs besides them: every module again under `v1/`, by a name without the
 * release; the loader again under a name with it, for pages that pin it; `.br` and `.gz` beside every script; and
 * `manifest.json`, with the hash to pin each script by.
 */
export function finishRelease(folder: string, release: string): void {
  mkdirSync(join(folder, "v1"), { recursive: true });
  for (const file of globSync("assets/*.js", { cwd: folder })) {
    const withoutRelease = (text: string) => text.replaceAll(`-${release}.js`, ".js");
    // Modules import each other by name: a copy imports copies.
    const code = withoutRelease(readFileSync(join(folder, file), "utf8"));
    writeFileSync(join(folder, "v1", withoutRelease(basename(file))), code);
  }
  copyFileSync(join(folder, "widget.js"), join(folder, "assets", `widget-${release}.js`));

  const manifest: Record<string, { readonly integrity: string }> = {};
  for (const file of globSync("**/*.js", { cwd: folder }).sort()) {
    const code = readFileSync(join(folder, file));
    writeFileSync(join(folder, `${file}.br`), brotliCompressSync(code, BROTLI));
    writeFileSync(join(folder, `${file}.gz`), gzipSync(code, { level: constants.Z_BEST_COMPRESSION }));
    manifest[file.replaceAll("\\", "/")] = {
      integrity: `sha384-${createHash("sha384").update(code).digest("base64")}`,
    };
  }
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
