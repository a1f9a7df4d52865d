import { rm } from "node:fs/promises";
import { buildEmbed } from "./build-embed.ts";
import { buildLibrary } from "./build-library.ts";
import { DIST } from "./paths.ts";

// `pnpm build`: dist/embed for the script tag, dist/lib for those who import the package.

await rm(DIST, { recursive: true, force: true });
await buildEmbed();
await buildLibrary();
