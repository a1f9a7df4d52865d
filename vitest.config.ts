import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

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

/** The files that mostly wait start first, beside those that keep the processor busy. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification) => /e2e\/test|patience|demo\.test/.test(moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: WaitingFirst },
    projects: [
      project("protocol"),
      project("bff"),
      project("sandbox"),
      project("conformance"),
      project("widget", "happy-dom"),
      project("workspace"),
      project("e2e"),
      project("bench"),
    ],
  },
});
