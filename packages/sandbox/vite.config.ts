import { defineConfig } from "vite";

/** Builds the owner console, which the sandbox serves at `/`. */
export default defineConfig({
  root: "src/console",
  base: "/",
  build: {
    outDir: "../../dist/console",
    emptyOutDir: true,
    target: "es2023",
    license: { fileName: "THIRD-PARTY-NOTICES.md" },
    // The page's policy allows no inline script, and no `data:` address but images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
