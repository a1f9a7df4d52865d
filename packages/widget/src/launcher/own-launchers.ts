import { warn } from "./warn.ts";

/** The page's own buttons that open the chat with a text. */
const WITH_TEXT = "[data-mailoo-text]";

/**
 * Clicks on the page's own buttons and links, including those added later, toggle the chat, or open it with the text in
 * their `data-mailoo-text`. Listens before the page's handlers, which may stop the event, and looks into open shadow
 * roots. A link is not followed, a form is not sent.
 *
 * @param host the widget's own element, whose buttons are left alone.
 * @returns takes a selector; without one, only elements with a text open the chat. Returns whether they take the place of
 * the widget's own button: not if the selector is not valid.
 */
export function followOwnLaunchers(
  host: Element,
  clicked: (event: MouseEvent, text?: string) => void,
  signal: AbortSignal,
): (launcher: string | undefined) => boolean {
  let selector = WITH_TEXT;
  const follow = (event: MouseEvent) => {
    const path = event.composedPath();
    const own = path.find((node): node is HTMLElement => node instanceof Element && node.matches(selector));
    if (!own || path.includes(host)) return;
    event.preventDefault();
    clicked(event, own.dataset.mailooText);
  };
  addEventListener("click", follow, { capture: true, signal });
  return (launcher) => {
    selector = WITH_TEXT;
    try {
      if (launcher) host.matches(launcher);
      if (launcher) selector += `,${launcher}`;
    } catch {
      warn("launcher", launcher);
    }
    return selector !== WITH_TEXT;
  };
}
