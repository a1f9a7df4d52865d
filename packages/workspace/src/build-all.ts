import type { CommandResult } from "./run-command.ts";
import { runPnpm } from "./run-pnpm.ts";

/** Builds every package. */
export function buildAll(): Promise<CommandResult> {
  return runPnpm(["--workspace-root", "run", "build"]);
}
