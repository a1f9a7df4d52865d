import { warn } from "./warn.ts";

/** The page's own buttons that open the chat with a text. */
const WITH_TEXT = "[data-mailoo-text]";

/**
 * Clicks on the page's own buttons and links, including those added later, toggle the chat, or open it with the text in
 * their `data-mailoo-text`. Listens before the page's handlers, which may stop the event, and looks into open shadow
 * roots. A link is not followed, a form is not sent.
 *
 * @param launcher a selector; undefined: only elements with a text open the chat.
 * @param host the widget's own element, whose buttons are left alone.
 * @returns whether `launcher` takes the place of the widget's own button: not if it is not valid.
 */
export function followOwnLaunchers(
  launcher: string | undefined,
  host: Element,
  clicked: (event: MouseEvent, text?: string) => void,
  signal: AbortSignal,
): boolean {
  let selector = WITH_TEXT;
  try {
    if (launcher) host.matches(launcher);
    if (launcher) selector += `,${launcher}`;
  } catch {
    warn("launcher", launcher);
  }
  const follow = (event: MouseEvent) => {
    const path = event.composedPath();
    const own = path.find((node): node is HTMLElement => node instanceof Element && node.matches(selector));
    if (!own || path.includes(host)) return;
    event.preventDefault();
    clicked(event, own.dataset.mailooText);
  };
  addEventListener("click", follow, { capture: true, signal });
  return selector !== WITH_TEXT;
}
