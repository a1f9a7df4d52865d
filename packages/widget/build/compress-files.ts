import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** What one file weighs, in bytes. */
export interface FileSize {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** Writes `.br` and `.gz` beside every script, and `manifest.json` with what each weighs. */
export async function compressFiles(directory: string): Promise<void> {
  const files = globSync("**/*.js", { cwd: directory }).sort();
  const sizes = await Promise.all(
    files.map(
      async (file) => [file.replaceAll("\\", "/"), await compressFile(join(directory, file))] as const,
    ),
  );
  await writeFile(
    join(directory, "manifest.json"),
    `${JSON.stringify(Object.fromEntries(sizes), null, 2)}\n`,
  );
}

async function compressFile(file: string): Promise<FileSize> {
  const raw = await readFile(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(raw, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
      },
    }),
    promisify(gzip)(raw, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, br), writeFile(`${file}.gz`, gz)]);
  return { raw: raw.length, gzip: gz.length, brotli: br.length };
}
