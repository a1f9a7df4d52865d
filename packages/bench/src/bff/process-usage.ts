import { readFileSync } from "node:fs";

/** What Linux knows of a process. */
export interface ProcessUsage {
  /** User and system time since it began. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly rssBytes: number;
}

const TICK_MS = 10;
const PAGE_BYTES = 4096;

export function processUsage(pid: number): ProcessUsage {
  // Fields after the command's name, which may hold blanks: utime and stime are the 14th and 15th of all.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const resident = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
  return {
    cpuMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS,
    rssBytes: Number(resident) * PAGE_BYTES,
  };
}
