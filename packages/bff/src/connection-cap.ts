import { readFileSync } from "node:fs";

/** Kept back for files, Redis and the platform's HTTP pool. */
const RESERVED_DESCRIPTORS = 256;
/** Where the limit cannot be read: not Linux. */
const ASSUMED_DESCRIPTORS = 10_240;

/**
 * How many connections the server may hold. Each browser's socket can cost a second descriptor, for its session's socket
 * to the platform, and running out of them would break what is open rather than what is new.
 */
export function connectionCap(limits: string = readLimits()): number {
  const openFiles = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  const descriptors = openFiles === "unlimited" ? 1_048_576 : Number(openFiles ?? ASSUMED_DESCRIPTORS);
  return Math.max(64, Math.floor((descriptors - RESERVED_DESCRIPTORS) / 2));
}

function readLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}
