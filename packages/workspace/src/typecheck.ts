import { existsSync, globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { REPOSITORY } from "./repository.ts";
import { runCommand } from "./run-command.ts";

// `pnpm typecheck`: every package and every example that has a tsconfig.json, as many at a time as there are cores.
// What the workspace leaves out is not installed with the others: its own check looks at its types.
const workspace = readFileSync(join(REPOSITORY, "pnpm-workspace.yaml"), "utf8");
const projects = globSync(["packages/*", "examples/*"], { cwd: REPOSITORY })
  .filter((directory) => !workspace.includes(`"!${directory}"`))
  .map((directory) => join(REPOSITORY, directory, "tsconfig.json"))
  .filter((file) => existsSync(file))
  .sort();

const waiting = [...projects];
let failures = 0;

async function checkNext(): Promise<void> {
  for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
    const { exitCode, output } = await runCommand("tsc", ["-p", project], { output: "collect" });
    console.log(`${exitCode === 0 ? "✓" : "✗"} ${relative(REPOSITORY, project)}`);
    if (exitCode !== 0) {
      failures += 1;
      console.error(output.trim());
    }
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, checkNext));
process.exitCode = failures === 0 && projects.length > 0 ? 0 : 1;
