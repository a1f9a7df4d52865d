import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { keep, readKept } from "./kept.ts";

const DISMISSED = "#teaser";

const DEFAULT_DELAY_MS = 4000;

/** Timers that are set for longer fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls `show` after the greeting's delay, unless the visitor has a conversation or has dismissed the greeting before.
 *
 * @returns begins again with the options of now.
 */
export function scheduleGreeting(shell: Shell, show: (text: string) => void): () => void {
  const { baseUrl, signal } = shell;
  let timer: ReturnType<typeof setTimeout>;
  const start = () => {
    const { teaser, teaserDelayMs } = shell.options;
    clearTimeout(timer);
    if (!teaser || hasStoredSession(baseUrl) || readKept("localStorage", baseUrl, DISMISSED)) return;
    timer = setTimeout(() => show(teaser), toDelayMs(teaserDelayMs));
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  start();
  return start;
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
