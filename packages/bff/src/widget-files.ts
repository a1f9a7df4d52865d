import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** The built script-tag bundle, held in memory in every encoding. */
export interface WidgetFiles {
  /** @param path below the bundle's root, such as `widget.js` or `assets/core-1a2b3c4d.js` */
  get(path: string): WidgetFile | undefined;
  readonly size: number;
}

export interface WidgetFile {
  readonly contentType: string;
  /** Of the content, before any encoding. */
  readonly hash: string;
  readonly cacheControl: string;
  readonly identity: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
}

/**
 * Reads the bundle of `@mailoo-chat/widget`. The widget's build leaves `.br` and `.gz` beside its files; what lacks them
 * is compressed here, once.
 *
 * @param root the folder of the bundle. @default `dist/embed` of the installed `@mailoo-chat/widget`
 * @returns an empty collection where the bundle has not been built
 */
export function loadWidgetFiles(root: string | null = findBundle()): WidgetFiles {
  const files = new Map<string, WidgetFile>();
  for (const path of root === null ? [] : listFiles(root)) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType !== undefined) {
      files.set(
        relative(root ?? "", path)
          .split(sep)
          .join("/"),
        readWidgetFile(path, contentType),
      );
    }
  }
  return { get: (path) => files.get(path), size: files.size };
}

/** Also the list of what is served: source maps and notices stay at home. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".mp3": "audio/mpeg",
  ".woff2": "font/woff2",
};

function findBundle(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve("@mailoo-chat/widget/package.json");
    return join(dirname(manifest), "dist", "embed");
  } catch {
    return null;
  }
}

function listFiles(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function readWidgetFile(path: string, contentType: string): WidgetFile {
  const identity = readFileSync(path);
  return {
    contentType,
    hash: createHash("sha256").update(identity).digest("base64url").slice(0, 22),
    cacheControl: toCacheControl(path),
    identity,
    br:
      readIfThere(`${path}.br`) ??
      brotliCompressSync(identity, {
        params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
      }),
    gzip: readIfThere(`${path}.gz`) ?? gzipSync(identity, { level: constants.Z_BEST_COMPRESSION }),
  };
}

/**
 * Names under `assets/` hold a hash of the content. What stands under `v1/` beside the script itself is the way out where
 * a hashed file is gone after an upgrade, so it must never be an old one itself.
 */
function toCacheControl(path: string): string {
  const folder = basename(dirname(path));
  if (folder === "assets") return "public, max-age=31536000, immutable";
  if (folder === "v1" && basename(path) !== "widget.js") return "no-cache";
  return "public, max-age=300, must-revalidate";
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
