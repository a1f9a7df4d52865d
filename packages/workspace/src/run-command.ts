import { spawn } from "node:child_process";
import { REPOSITORY, toolEnvironment } from "./repository.ts";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** @default the repository */
  readonly cwd?: string;
  /** `live` prints the output; `collect` returns it. @default "live" */
  readonly output?: "live" | "collect";
}

export interface CommandResult {
  /** Null if the command could not be started or was ended by a signal. */
  readonly exitCode: number | null;
  /** The collected output, or why the command could not be started. */
  readonly output: string;
}

/** Runs a command to its end. Never rejects: errors are in the result. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env, cwd = REPOSITORY, output = "live" } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: toolEnvironment(env),
      stdio: output === "live" ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    });
    let collected = "";
    const collect = (chunk: Buffer) => {
      collected += chunk.toString();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("error", (error) => resolve({ exitCode: null, output: error.message }));
    child.once("close", (exitCode) => resolve({ exitCode, output: collected }));
  });
}
