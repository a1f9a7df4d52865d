import type { AwayConfig } from "@mailoo-chat/protocol";

/** Caches keep a configuration for a minute. */
const CACHED_MS = 61_000;
/** Not all pages come back in the same second. */
const SPREAD_MS = 20_000;
/** Timers that are set for longer fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * When to load the configuration again, since the office opens or closes: in milliseconds from now; undefined if that is not
 * known. Where there is a socket, it tells the status earlier.
 *
 * @param random 0 to 1
 */
export function toReloadMs(
  away: AwayConfig | null | undefined,
  nowMs: number,
  random: number,
): number | undefined {
  const changeMs = [away?.from, away?.backAt].map((time) => Date.parse(`${time}`)).find((ms) => ms > nowMs);
  return changeMs && Math.min(changeMs - nowMs + CACHED_MS + SPREAD_MS * random, LONGEST_MS);
}
