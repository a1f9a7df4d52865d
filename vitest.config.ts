import { defineConfig } from "vitest/config";

/** Packages resolve to each other's sources, so that no test runs against a stale build. */
const conditions = ["@mailoo-chat/source", "module", "node", "development|production"];

function project(name: string, environment: "node" | "happy-dom" = "node") {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      root: `packages/${name}`,
      environment,
      include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"],
      setupFiles: ["../workspace/src/fixed-seed.ts"],
      testTimeout: 15_000,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project("protocol"),
      project("bff"),
      project("sandbox"),
      project("widget", "happy-dom"),
      project("workspace"),
      project("e2e"),
      project("bench"),
    ],
  },
});
