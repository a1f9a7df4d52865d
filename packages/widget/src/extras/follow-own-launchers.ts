/** Clicks on the page's own buttons, those of later too, open and close the chat. The buttons stay as they are. */
export function followOwnLaunchers(selector: string, toggle: () => void, signal: AbortSignal): void {
  document.addEventListener(
    "click",
    ({ target }) => {
      if (target instanceof Element && target.closest(selector)) toggle();
    },
    { signal },
  );
}
