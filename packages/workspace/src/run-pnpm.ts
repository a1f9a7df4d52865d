import { type CommandOptions, type CommandResult, runCommand } from "./run-command.ts";

/** Runs the pnpm that runs this process, else the repository's major version by npx. */
export function runPnpm(args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  const pnpm = process.env.npm_execpath;
  // Started by npx, pnpm is a file and not on the path.
  if (pnpm?.includes("pnpm")) return runCommand(process.execPath, [pnpm, ...args], options);
  return runCommand("npx", ["--yes", "pnpm@10", ...args], options);
}
