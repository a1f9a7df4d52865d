import { defineConfig } from "vite";

/** Builds the page. The server beside it is run from its source. */
export default defineConfig({
  root: "src/page",
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    target: "es2023",
    // The page's policy allows no inline script, and no `data:` address but images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
