import type { ChatWidget } from "../api/widget.ts";
import { followHiddenPaths } from "./hidden-paths.ts";
import type { Shell } from "./shell.ts";
import { hasStoredSession } from "./stored-keys.ts";
import { showTeaser, wasDismissed } from "./teaser.ts";
import { warn } from "./warn.ts";

const TEASER_DELAY_MS = 4000;

/** A timer of the browser that is set for longer fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** What two options need that most sites do not set: fetched at once if one is set. */
export function startExtras(shell: Shell, widget: ChatWidget): void {
  const { options, signal, baseUrl } = shell;
  if (signal.aborted) return;
  if (options.hideOn) followHiddenPaths(`${options.hideOn}`, widget, signal);
  // Who is in a conversation needs no greeting, and who has sent it away does not want it.
  if (!options.teaser || hasStoredSession(baseUrl) || wasDismissed(baseUrl)) return;
  const timer = setTimeout(
    () => widget.state.open || showTeaser(shell, widget),
    toDelayMs(options.teaserDelayMs),
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function toDelayMs(value: unknown): number {
  const text = `${value ?? ""}`.trim();
  const delayMs = text ? Number(text) : TEASER_DELAY_MS;
  if (delayMs >= 0 && delayMs <= LONGEST_DELAY_MS) return delayMs;
  warn("teaserDelayMs", value);
  return TEASER_DELAY_MS;
}
