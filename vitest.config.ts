import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Packages resolve to each other's sources, so that no test runs against a stale build. */
const conditions = ["@mailoo-chat/source", "module", "node", "development|production"];

interface ProjectOptions {
  readonly environment?: "node" | "happy-dom";
  /** @default src and test */
  readonly folders?: string;
  /** Whether each file gets a fresh process. Pure modules need none, and start in half the time. @default false */
  readonly isolate?: boolean;
}

function project(name: string, options: ProjectOptions = {}) {
  const { environment = "node", folders = "{src,test}", isolate = false } = options;
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name: options.folders === undefined ? name : `${name}/${folders}`,
      root: `packages/${name}`,
      environment,
      isolate,
      include: [`${folders}/**/*.test.{ts,tsx}`],
      setupFiles: ["../workspace/src/fixed-seed.ts"],
      testTimeout: 15_000,
    },
  };
}

/** Files that mostly wait start first, beside those that keep the processor busy. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification) => /patience|demo\.test/.test(moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

export default defineConfig({
  test: {
    // Concurrent tests are those that wait.
    maxConcurrency: 12,
    sequence: { sequencer: WaitingFirst },
    projects: [
      project("protocol"),
      project("bff", { folders: "src" }),
      project("bff", { folders: "test" }),
      project("sandbox"),
      project("conformance"),
      project("widget", { environment: "happy-dom", isolate: true }),
      project("workspace"),
      project("e2e", { isolate: true }),
      project("bench"),
      project("plug"),
    ],
  },
});
