import { type CommandOptions, type CommandResult, runCommand } from "./run-command.ts";

/** Runs the pnpm that runs this process, or, where there is none, the major version that the repository uses. */
export function runPnpm(args: readonly string[], options?: CommandOptions): Promise<CommandResult> {
  const pnpm = process.env.npm_execpath;
  // Where pnpm was started by npx it is a file, and no command on the path.
  if (pnpm?.includes("pnpm")) return runCommand(process.execPath, [pnpm, ...args], options);
  return runCommand("npx", ["--yes", "pnpm@10", ...args], options);
}
