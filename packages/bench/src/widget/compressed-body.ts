import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { PEERS_FOLDER } from "./install-peers.ts";

const FOLDER = join(PEERS_FOLDER, "brotli");

/** Brotli at its highest level. Large bodies take many seconds, so results are cached for the next run. */
export async function toCompressedBody(raw: Buffer): Promise<Buffer> {
  if (raw.length < 100_000) return compress(raw);
  const kept = join(FOLDER, `${createHash("sha256").update(raw).digest("hex")}.br`);
  const known = await readFile(kept).catch(() => null);
  if (known) return known;
  const body = await compress(raw);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${kept}.part`, body);
  await rename(`${kept}.part`, kept);
  return body;
}

function compress(raw: Buffer): Promise<Buffer> {
  return promisify(brotliCompress)(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
}
