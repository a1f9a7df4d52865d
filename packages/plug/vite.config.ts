import { defineConfig } from "vite";

/** Builds the page. Its server runs from source. */
export default defineConfig({
  root: "src/page",
  build: {
    outDir: "../../dist",
    emptyOutDir: true,
    target: "es2023",
    // The page's policy allows no inline scripts, and `data:` URLs only for images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
