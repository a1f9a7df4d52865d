/**
 * Clicks on the page's own buttons and links, including those added later, toggle the chat, or open it with the text in
 * their `data-mailoo-text`. Listens before the page's handlers, which may stop the event, and looks into open shadow
 * roots. A link is not followed, a form is not sent.
 *
 * @param host the widget's own element, whose buttons are left alone.
 * @param selector of further buttons. In `:is()` one that is not valid matches nothing.
 */
export function followOpeners(
  host: Element,
  selector: () => string | undefined,
  clicked: (event: MouseEvent, text?: string) => void,
  signal: AbortSignal,
): void {
  const follow = (event: MouseEvent) => {
    const path = event.composedPath();
    const openers = `:is([data-mailoo-text],${selector()})`;
    const opener = (path as HTMLElement[]).find((node) => node.matches?.(openers));
    if (!opener || path.includes(host)) return;
    event.preventDefault();
    clicked(event, opener.dataset.mailooText);
  };
  addEventListener("click", follow, { capture: true, signal });
}
