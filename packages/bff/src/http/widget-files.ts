import { hash } from "node:crypto";
import { existsSync, readFileSync, type Stats } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { RequestHandler } from "express";
import expressStaticGzip from "express-static-gzip";

/** The paths of the script tag's files. Without percent-encoding, so that each file has one path. */
export const WIDGET_PATHS = /^\/(?:widget\.js|manifest\.json|(?:v1|assets)\/[\w.-]+)$/;

/** The folder of the script-tag build in the installed `@mailoo-chat/widget`; null if it is not built. */
export function findWidgetFiles(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve("@mailoo-chat/widget/package.json");
    const folder = join(dirname(manifest), "dist", "embed");
    return existsSync(join(folder, "widget.js")) ? folder : null;
  } catch {
    return null;
  }
}

/** Serves the script tag's files to any page, precompressed by the build. */
export function widgetFiles(folder: string | null): RequestHandler {
  if (folder === null) return (_req, _res, next) => next();
  const tags = new Map<string, string>();
  return expressStaticGzip(folder, {
    enableBrotli: true,
    orderPreference: ["br", "gzip"],
    index: false,
    serveStatic: {
      cacheControl: false,
      redirect: false,
      lastModified: false,
      setHeaders(res, path, stats: Stats) {
        const file = `${path} ${stats.size} ${stats.mtimeMs}`;
        const tag = tags.get(file) ?? toTag(path);
        tags.set(file, tag);
        res.setHeader("ETag", tag);
        res.setHeader("Vary", "Origin, Accept-Encoding");
        res.setHeader("Timing-Allow-Origin", "*");
        res.setHeader("Cache-Control", cacheControl(path));
      },
    },
  });
}

/** From the content, because size and date may be the same after an upgrade, and dates may differ between replicas. */
function toTag(path: string): string {
  return `"${hash("sha256", readFileSync(path), "base64url").slice(0, 22)}"`;
}

/**
 * File names in `assets/` contain a hash of the content. Files in `v1/` are loaded when a hashed file is gone after an
 * upgrade, so they must be current.
 */
function cacheControl(path: string): string {
  if (path.includes(`${sep}assets${sep}`)) return "public, max-age=31536000, immutable";
  if (path.includes(`${sep}v1${sep}`) && !path.includes("widget.js")) return "no-cache";
  return "public, max-age=300, must-revalidate";
}
