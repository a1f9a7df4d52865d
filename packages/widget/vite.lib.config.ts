import { defineConfig } from "vite";
import { OLDEST_ENGINES } from "./build/oldest-engines.ts";

// Builds the package's entries for those who import it: ES modules that leave bundling to them.

export default defineConfig({
  logLevel: "warn",
  resolve: { conditions: ["@mailoo-chat/source", "module", "browser"] },
  build: {
    outDir: "dist/lib",
    target: OLDEST_ENGINES,
    reportCompressedSize: false,
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
      external: /^(?:preact|react|@mailoo-chat\/protocol)(?:\/|$)/,
      output: { chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
});
