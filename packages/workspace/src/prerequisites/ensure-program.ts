import { runCommand } from "../run-command.ts";
import { findBrowser } from "./find-browser.ts";
import { findOnPath } from "./find-on-path.ts";
import { findRedis } from "./find-redis.ts";

type Command = readonly [command: string, ...args: string[]];

interface Program {
  readonly name: string;
  find(): string | null;
  /** Commands that may install it, tried in order. */
  readonly installers: readonly Command[];
  /** What the user can do if none of them helps. */
  readonly advice: string;
}

/** A Chromium for the browser tests. */
export function ensureBrowser(): Promise<string | null> {
  return ensureProgram({
    name: "browser",
    find: findBrowser,
    installers: [["playwright", "install", "chromium"], ...aptInstallers("chromium")],
    advice: "Install Chromium or Chrome, or set CHROME_PATH to one.",
  });
}

/** A Redis or Valkey server. The tests start their own; none needs to be running. */
export function ensureRedis(): Promise<string | null> {
  return ensureProgram({
    name: "redis",
    find: findRedis,
    installers: aptInstallers("redis-server"),
    advice: "Install redis-server or valkey-server.",
  });
}

/** @returns the program's path, or null if it is still missing after every installer */
export async function ensureProgram(
  { name, find, installers, advice }: Program,
  print: (line: string) => void = console.log,
): Promise<string | null> {
  let path = find();
  for (const [command, ...args] of installers) {
    if (path !== null) break;
    print(`${name}: not found, running ${[command, ...args].join(" ")}`);
    const { exitCode, output } = await runCommand(command, args, {
      output: "collect",
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    if (exitCode !== 0)
      print([`${name}: ${command} failed`, ...output.trim().split("\n").slice(-5)].join("\n").trim());
    path = find();
  }
  print(`${name}: ${path ?? `not found. ${advice}`}`);
  return path;
}

/** System packages are installed by root only, as in a container; no command here asks for a password. */
function aptInstallers(packageName: string): readonly Command[] {
  if (process.getuid?.() !== 0 || findOnPath("apt-get") === null) return [];
  return [
    ["apt-get", "update"],
    ["apt-get", "install", "--yes", "--no-install-recommends", packageName],
  ];
}
