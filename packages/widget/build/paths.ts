import { join } from "node:path";

export const PACKAGE = join(import.meta.dirname, "..");
export const SOURCE = join(PACKAGE, "src");
export const DIST = join(PACKAGE, "dist");
export const EMBED = join(DIST, "embed");
export const LIBRARY = join(DIST, "lib");

/** The engines of spring 2023: the oldest that are promised. */
export const TARGET = ["chrome111", "edge111", "firefox111", "safari16.4"];
