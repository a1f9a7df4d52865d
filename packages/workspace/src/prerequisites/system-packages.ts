import { runCommand } from "../run-command.ts";
import { findOnPath } from "./find-on-path.ts";
import type { InstallAttempt } from "./install-attempt.ts";

/** The ways this machine's package managers offer; only those that are there and may be used without a password. */
export function systemPackageAttempts(packages: {
  readonly apt: string;
  readonly brew: readonly string[];
}): readonly InstallAttempt[] {
  const attempts: InstallAttempt[] = [];
  if (findOnPath("apt-get") !== null) attempts.push(aptAttempt(packages.apt));
  if (findOnPath("brew") !== null) attempts.push(brewAttempt(packages.brew));
  return attempts;
}

function aptAttempt(name: string): InstallAttempt {
  const isRoot = process.getuid?.() === 0;
  const privileged = (args: readonly string[]) =>
    isRoot ? runQuietly("apt-get", args) : runQuietly("sudo", ["--non-interactive", "apt-get", ...args]);
  return {
    description: `\`apt-get install ${name}\`${isRoot ? "" : " by sudo"}`,
    async run() {
      await privileged(["update"]);
      return privileged(["install", "--yes", "--no-install-recommends", name]);
    },
  };
}

function brewAttempt(args: readonly string[]): InstallAttempt {
  return {
    description: `\`brew install ${args.join(" ")}\``,
    run: () => runQuietly("brew", ["install", ...args]),
  };
}

/** Shows what a package manager said only where it failed. */
async function runQuietly(command: string, args: readonly string[]): Promise<boolean> {
  const { exitCode, output } = await runCommand(command, args, {
    output: "collect",
    env: { DEBIAN_FRONTEND: "noninteractive", HOMEBREW_NO_AUTO_UPDATE: "1" },
  });
  if (exitCode !== 0) console.error(lastLines(output, 5));
  return exitCode === 0;
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join("\n");
}
