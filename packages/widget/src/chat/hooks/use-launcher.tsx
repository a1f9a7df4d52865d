import { render } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { withNumber } from "../../i18n/texts.ts";
import { useChat } from "../chat-context.tsx";

/**
 * Adds to the loader's round button what the core knows: the number of unread messages, and that the panel is open.
 *
 * @param isGreeted a greeting is shown beside it.
 */
export function useLauncher(isOpen: boolean, unread: number, isGreeted: boolean): void {
  const { shell, t } = useChat();
  const { launcher, root } = shell;

  useLayoutEffect(() => {
    const label = unread ? withNumber(shell.locale, t.openUnread, unread) : t.openChat;
    launcher.setAttribute("aria-label", isOpen ? t.closeChat : label);
    root.classList.toggle("opened", isOpen);
    root.classList.toggle("greeted", isGreeted);
    const shown = unread > 99 ? "99+" : unread || "";
    render(
      <span class="badge" key={shown}>
        {shown}
      </span>,
      launcher,
    );
  });
}
