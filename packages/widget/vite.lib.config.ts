import { defineConfig } from "vite";
import { OLDEST_ENGINES } from "./build/oldest-engines.ts";
import manifest from "./package.json" with { type: "json" };

// Builds the package's entries for those who import it: ES modules that leave bundling to them.

const DEPENDENCIES = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

export default defineConfig({
  logLevel: "warn",
  resolve: { conditions: ["@mailoo-chat/source", "module", "browser"] },
  build: {
    outDir: "dist/lib",
    target: OLDEST_ENGINES,
    reportCompressedSize: false,
    sourcemap: true,
    lib: {
      entry: {
        index: "src/index.ts",
        client: "src/client/index.ts",
        preact: "src/preact.tsx",
        react: "src/react.ts",
        element: "src/element.ts",
      },
      formats: ["es"],
    },
    rolldownOptions: {
      external: DEPENDENCIES.map((name) => new RegExp(`^${name}(?:/|$)`)),
      output: {
        chunkFileNames: "chunks/[name]-[hash].js",
        // The package brings its sources.
        sourcemapExcludeSources: true,
      },
    },
  },
});
