import { join } from "node:path";
import { defineConfig } from "vite";

/** Builds the pages that the sandbox serves: the owner console at `/`, the configurator at `/configure/`. */
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
    rolldownOptions: {
      input: ["index.html", "configure/index.html", "configure/preview.html"].map((page) =>
        join(import.meta.dirname, "src/console", page),
      ),
    },
  },
});
