import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { REPOSITORY } from "./repository.ts";
import { runCommand } from "./run-command.ts";

// `pnpm typecheck`: every package and every example that has a tsconfig.json, as many at a time as there are cores.
// One with a lock file of its own is not installed with the others: its own check looks at its types.
const projects = globSync(["packages/*", "examples/*"], { cwd: REPOSITORY })
  .map((directory) => join(REPOSITORY, directory))
  .filter((directory) => !existsSync(join(directory, "package-lock.json")))
  .map((directory) => join(directory, "tsconfig.json"))
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
