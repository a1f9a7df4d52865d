import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * The ids of the package managers that run this process: `npx`, the `pnpm` that it started, and shells between them.
 * The shell of the user is not among them.
 */
export function findPackageManagers(): readonly number[] {
  const found: number[] = [];
  let shells: number[] = [];
  let pid = process.ppid;
  for (let running = readProcess(pid); running !== null; running = readProcess(pid)) {
    const [program = "", ...names] = running.command.slice(0, 3).map((part) => basename(part));
    if ([program, ...names].some((name) => /^p?np[mx]\b/.test(name))) {
      found.push(...shells, pid);
      shells = [];
    } else if (/^(?:ba|da|z)?sh$/.test(program)) {
      shells.push(pid);
    } else break;
    pid = running.parent;
  }
  return found;
}

/** Null if the process has ended. */
export function readProcess(pid: number): { parent: number; command: readonly string[] } | null {
  try {
    const [state, parent, ...command] = process.platform === "linux" ? readProc(pid) : readPs(pid);
    return state?.startsWith("Z") ? null : { parent: Number(parent), command };
  } catch {
    return null;
  }
}

function readProc(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold spaces.
  const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [state, parent, ...readFileSync(`/proc/${pid}/cmdline`, "utf8").split(/[\0 ]/)];
}

function readPs(pid: number): readonly string[] {
  const line = execFileSync("ps", ["-o", "state=,ppid=,args=", "-p", `${pid}`], { encoding: "utf8" });
  return line.trim().split(/\s+/);
}
