import type { ChatClient } from "../client/chat-client.ts";
import { isOn } from "../launcher/is-on.ts";
import type { Shell } from "../launcher/shell.ts";
import { focusPanel } from "./focus-panel.ts";
import { isInConversation } from "./is-in-conversation.ts";
import { keep, readKept } from "./kept.ts";
import { FULL_SCREEN } from "./panel.tsx";
import type { WidgetStore } from "./widget-state.ts";

/** The panel was open on this tab's page before. */
const OPEN = "#open";

/** The visitor has closed a panel that had opened by itself. */
const CLOSED = "#closed";

export interface Opening {
  /**
   * @param byVisitor the focus may move into the panel.
   * @param text goes into the text box.
   */
  open(byVisitor: boolean | undefined, text?: string): void;
  /** @param byVisitor the focus goes back to where it was. */
  close(byVisitor: boolean): void;
  /** Unless the page has closed it, or it would cover a phone's whole screen. */
  openByItself(): void;
  /** If the option says so, unless the visitor has closed such a panel. */
  openAtStart(): void;
  /** If it was open on the page before, in this conversation. */
  openAgain(): void;
}

/** Opens and closes the panel, moves the focus with it, and keeps it as it is from page to page. */
export function createOpening(shell: Shell, client: ChatClient, widget: WidgetStore): Opening {
  const { baseUrl, shadow, root, launcher, signal } = shell;
  let returnFocusTo: HTMLElement | null = null;

  /** A visitor who has closed a panel that opens by itself has the last word. */
  function keepWish(byVisitor: boolean | undefined): void {
    if (byVisitor && isOn(shell.options.startOpen))
      keep("localStorage", baseUrl, CLOSED, !widget.state.isOpen && "closed");
  }

  function open(byVisitor: boolean | undefined, text?: string): void {
    if (root.hidden) return;
    // Before it is rendered, which marks as read what is unread now. What this changes may open the panel, too.
    if (!widget.state.isOpen) client.open();
    const wasOpen = widget.state.isOpen;
    // Whatever has the focus can be given it again.
    if (!wasOpen) returnFocusTo = (shadow.activeElement ?? document.activeElement) as HTMLElement | null;
    widget.change({ isOpen: true, hasOpened: true, isGreeting: false, ...(text && { filled: { text } }) });
    keepWish(byVisitor);
    if (!byVisitor) return;
    widget.state.greeting?.settle();
    const panel = root.querySelector<HTMLElement>(".panel");
    if (!panel) return;
    focusPanel(panel);
    if (shell.isEmbedded) shadow.host.scrollIntoView({ block: "nearest" });
  }

  function close(byVisitor: boolean): void {
    if (!widget.state.isOpen) return;
    widget.change({ isOpen: false });
    keepWish(byVisitor || navigator.userActivation?.isActive);
    if (byVisitor) {
      widget.state.greeting?.settle();
      returnFocusTo?.focus({ preventScroll: true });
      // What opened it may have been no control, or be gone or hidden by now.
      if (!returnFocusTo?.matches(":focus:not(body)")) launcher.focus({ preventScroll: true });
    }
  }

  function openByItself(): void {
    if (shell.isEmbedded || shell.isWanted === false || launcher.hidden) return;
    if (!matchMedia(FULL_SCREEN).matches) open(false);
  }

  function openAtStart(): void {
    if (isOn(shell.options.startOpen) && !readKept("localStorage", baseUrl, CLOSED)) openByItself();
  }

  function openAgain(): void {
    if (readKept("sessionStorage", baseUrl, OPEN) && isInConversation(client.state)) openByItself();
  }

  function left(): void {
    const goesOn = widget.state.isOpen && isInConversation(client.state);
    if (!shell.isEmbedded) keep("sessionStorage", baseUrl, OPEN, goesOn && "open");
  }

  addEventListener("pagehide", left, { signal });
  return { open, close, openByItself, openAtStart, openAgain };
}
