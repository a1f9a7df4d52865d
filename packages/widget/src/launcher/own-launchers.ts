import { warn } from "./warn.ts";

/**
 * Clicks on the page's own buttons and links, including those added later, toggle the chat. Listens before the page's
 * handlers, which may stop the event, and looks into open shadow roots. A link is not followed, a form is not sent.
 *
 * @param host the widget's own element, whose buttons are left alone.
 * @returns false if the selector is not valid.
 */
export function followOwnLaunchers(
  selector: string,
  host: Element,
  clicked: (event: MouseEvent) => void,
  signal: AbortSignal,
): boolean {
  try {
    host.matches(selector);
  } catch {
    warn("launcher", selector);
    return false;
  }
  const follow = (event: MouseEvent) => {
    const path = event.composedPath();
    if (path.includes(host) || !path.some((node) => node instanceof Element && node.matches(selector)))
      return;
    event.preventDefault();
    clicked(event);
  };
  addEventListener("click", follow, { capture: true, signal });
  return true;
}
