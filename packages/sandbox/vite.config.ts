import { join } from "node:path";
import { defineConfig } from "vite";
import { listThirdParties } from "../workspace/src/notices/list-third-parties.ts";

/** Builds the owner console, which the sandbox serves at `/`. */
export default defineConfig({
  root: "src/console",
  base: "/",
  // For THIRD-PARTY-NOTICES.md.
  plugins: [listThirdParties(join(import.meta.dirname, ".tmp/third-parties.json"))],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../../dist/console",
    emptyOutDir: true,
    target: "es2023",
    // The page's policy allows no inline script, and no `data:` address but images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
