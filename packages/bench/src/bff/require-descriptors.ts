import { readFileSync } from "node:fs";

/**
 * Node has raised the limit of this process, and so of the servers that it starts, as far as it may.
 *
 * @throws where fewer files may be open than the measure needs
 */
export function requireDescriptors(needed: number): void {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === "unlimited" || Number(limit) >= needed) return;
  throw new Error(
    `a process may open ${limit} files here, and this needs ${needed}: run \`ulimit -n ${needed}\` first`,
  );
}
