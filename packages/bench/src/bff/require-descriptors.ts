import { readFileSync } from "node:fs";

/**
 * Node has already raised the limit of this process, and of the servers that it starts, to the hard limit.
 *
 * @throws if the benchmark needs more open files than allowed
 */
export function requireDescriptors(needed: number): void {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  if (limit === "unlimited" || Number(limit) >= needed) return;
  throw new Error(
    `a process may open ${limit} files here, and this needs ${needed}: run \`ulimit -n ${needed}\` first`,
  );
}
