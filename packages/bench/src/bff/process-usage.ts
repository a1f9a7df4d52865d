import { readdirSync, readFileSync } from "node:fs";

const PAGE_BYTES = 4096;

/** What a process has spent so far, all its threads together, in microseconds. Linux counts it in nanoseconds. */
export function cpuUsOf(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1000;
}

/** The memory that a process holds at this moment. */
export function residentBytesOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
}
