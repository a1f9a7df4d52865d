import type { Strings } from "../i18n/strings.ts";
import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession, toStorageKey } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import css from "./teaser.css?inline";

const DEFAULT_DELAY_MS = 4000;

/** A timer of the browser that is set for longer fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Shows the site's greeting beside the launcher after its delay, until the chat is opened or the greeting dismissed, once
 * for all pages of the site. A visitor who has a conversation gets none.
 *
 * @param chat the panel that the greeting opens.
 */
export function scheduleTeaser(shell: Shell, t: Strings, chat: { isOpen(): boolean; open(): void }): void {
  const { options, signal, baseUrl } = shell;
  if (!options.teaser || hasStoredSession(baseUrl) || wasDismissed(baseUrl)) return;
  const timer = setTimeout(
    () => chat.isOpen() || showTeaser(shell, t, chat.open),
    toDelayMs(options.teaserDelayMs),
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function showTeaser({ options, shadow, root, launcher, baseUrl }: Shell, t: Strings, open: () => void): void {
  adoptSheet(shadow, css);
  const teaser = document.createElement("div");
  teaser.className = "teaser";
  if (options.theme === "dark" || options.theme === "light") teaser.classList.add(options.theme);
  teaser.setAttribute("part", "teaser");
  const text = createButton("text", open);
  text.dir = "auto";
  text.textContent = options.teaser ?? "";
  const dismiss = createButton("dismiss", () => {
    launcher.focus({ preventScroll: true });
    rememberDismissal(baseUrl);
  });
  dismiss.setAttribute("aria-label", t.dismiss);
  dismiss.textContent = "×";
  teaser.append(text, dismiss);
  root.append(teaser);

  const remove = () => teaser.remove();
  teaser.addEventListener("click", remove);
  shadow.host.addEventListener("mailoo-chat:open", remove, { once: true });
}

function toDelayMs(value: unknown): number {
  const text = `${value ?? ""}`.trim();
  const delayMs = text ? Number(text) : DEFAULT_DELAY_MS;
  if (delayMs >= 0 && delayMs <= LONGEST_DELAY_MS) return delayMs;
  warn("teaserDelayMs", value);
  return DEFAULT_DELAY_MS;
}

/** The one thing that is stored without a conversation, and by the visitor's own click only. */
function rememberDismissal(baseUrl: string): void {
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

function createButton(className: string, pressed: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.addEventListener("click", pressed);
  return button;
}
