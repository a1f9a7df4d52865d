import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { keep, readKept } from "./kept.ts";

const DISMISSED = "#teaser";

const DEFAULT_DELAY_MS = 4000;

/** Timers that are set for longer fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Calls `show` after the greeting's delay, unless the visitor has a conversation or has dismissed the greeting before. */
export function scheduleGreeting({ options, signal, baseUrl }: Shell, show: () => void): void {
  if (!options.teaser || hasStoredSession(baseUrl) || readKept("localStorage", baseUrl, DISMISSED)) return;
  const timer = setTimeout(show, toDelayMs(options.teaserDelayMs));
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function toDelayMs(value: unknown): number {
  const text = `${value ?? ""}`.trim();
  const delayMs = text ? Number(text) : DEFAULT_DELAY_MS;
  if (delayMs >= 0 && delayMs <= LONGEST_DELAY_MS) return delayMs;
  warn("teaserDelayMs", value);
  return DEFAULT_DELAY_MS;
}

/** The one thing that is stored without a conversation, and by the visitor's own click only. */
export function rememberDismissal(baseUrl: string): void {
  keep("localStorage", baseUrl, DISMISSED, "dismissed");
}
