import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession, toStorageKey } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";

const DEFAULT_DELAY_MS = 4000;

/** Timers that are set for longer fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Calls `show` after the greeting's delay, unless the visitor has a conversation or has dismissed the greeting before. */
export function scheduleGreeting({ options, signal, baseUrl }: Shell, show: () => void): void {
  if (!options.teaser || hasStoredSession(baseUrl) || wasDismissed(baseUrl)) return;
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
  try {
    localStorage.setItem(toTeaserKey(baseUrl), "dismissed");
  } catch {
    // Then it is dismissed for this page.
  }
}

function wasDismissed(baseUrl: string): boolean {
  try {
    return localStorage.getItem(toTeaserKey(baseUrl)) !== null;
  } catch {
    return false;
  }
}

function toTeaserKey(baseUrl: string): string {
  return `${toStorageKey(baseUrl)}#teaser`;
}
