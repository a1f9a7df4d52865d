import { type CommandResult, runCommand } from "./run-command.ts";

/** Builds every package, with the pnpm that runs this script. */
export function buildAll(): Promise<CommandResult> {
  const pnpm = process.env.npm_execpath;
  const args = ["--workspace-root", "run", "build"];
  // Where pnpm was started by npx it is a file, and no command on the path.
  if (pnpm?.includes("pnpm")) return runCommand(process.execPath, [pnpm, ...args]);
  return runCommand("npx", ["--yes", "pnpm@10", ...args]);
}
