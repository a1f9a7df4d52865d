import type { Strings } from "../i18n/strings.ts";
import { withNumber } from "../i18n/texts.ts";
import type { Shell } from "../launcher/shell.ts";

/** Adds to the loader's round button what the core knows: the number of unread messages, and that the panel is open. */
export function createLauncherButton(shell: Shell) {
  const { launcher, root } = shell;
  const badge = document.createElement("span");
  badge.className = "badge";
  launcher.append(badge);
  return {
    show(t: Strings, isOpen: boolean, unread: number): void {
      const label = unread ? withNumber(shell.locale, t.openUnread, unread) : t.openChat;
      launcher.setAttribute("aria-label", isOpen ? t.closeChat : label);
      badge.textContent = unread > 99 ? "99+" : unread ? `${unread}` : "";
      root.classList.toggle("opened", isOpen);
    },
  };
}
