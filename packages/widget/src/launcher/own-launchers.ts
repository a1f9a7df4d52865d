import { warn } from "./warn.ts";

/** The option `launcher` if it can be used: a selector, or "none". */
export function toSelector(value: string | undefined): string | undefined {
  try {
    if (value) document.querySelector(value);
    return value;
  } catch {
    warn("launcher", value);
    return undefined;
  }
}

/**
 * Clicks on the page's own buttons and links, those of later too, toggle the chat. Listens before any handler of the
 * page, one of which may stop the event, and looks into open shadow roots. A link is not followed, a form is not sent.
 *
 * @param host the widget's own element, whose buttons are left alone.
 */
export function followOwnLaunchers(
  selector: string,
  host: Element,
  clicked: (event: MouseEvent) => void,
  signal: AbortSignal,
): void {
  const follow = (event: MouseEvent) => {
    const path = event.composedPath();
    if (path.includes(host) || !path.some((node) => node instanceof Element && node.matches(selector)))
      return;
    event.preventDefault();
    clicked(event);
  };
  addEventListener("click", follow, { capture: true, signal });
}
