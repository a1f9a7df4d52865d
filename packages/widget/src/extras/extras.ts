import type { ChatWidget } from "../chat-widget.ts";
import type { Shell } from "../shell/shell.ts";
import { hasStoredSession } from "../stored-keys.ts";
import { followHiddenPaths } from "./follow-hidden-paths.ts";
import { followOwnLaunchers } from "./follow-own-launchers.ts";
import { showTeaser, wasDismissed } from "./teaser.ts";

const TEASER_DELAY_MS = 4000;

/** What three options need that most sites do not set: fetched at once where one is set. */
export function startExtras(shell: Shell, widget: ChatWidget): void {
  const { options, signal, baseUrl } = shell;
  if (signal.aborted) return;
  if (options.launcher && options.launcher !== "none") {
    followOwnLaunchers(options.launcher, widget.toggle, signal);
  }
  if (options.hideOn) followHiddenPaths(options.hideOn, widget, signal);
  // Who is in a conversation needs no greeting, and who has sent it away does not want it.
  if (!options.teaser || hasStoredSession(baseUrl) || wasDismissed(baseUrl)) return;
  const timer = setTimeout(
    () => widget.state.open || showTeaser(shell, widget),
    Number(options.teaserDelayMs ?? TEASER_DELAY_MS),
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
}
