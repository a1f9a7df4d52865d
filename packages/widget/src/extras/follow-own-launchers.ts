/** Clicks on the page's own buttons, those of later too, open and close the chat. The buttons stay as they are. */
export function followOwnLaunchers(selector: string, toggle: () => void, signal: AbortSignal): void {
  document.addEventListener(
    "click",
    ({ target, detail }) => {
      // The second click of a double-click is part of the same wish.
      if (detail < 2 && target instanceof Element && target.closest(selector)) toggle();
    },
    { signal },
  );
}
