import type { Shell } from "../launcher/shell.ts";

/**
 * Wheel and finger scroll what is inside an element, and never the page behind it. A page that scrolls by itself does not
 * receive these events. Zooming is left to the browser.
 *
 * An element within the page leaves them to the page if nothing of its own scrolls.
 */
export function keepScroll(element: HTMLElement, shell: Shell): void {
  const moved = (event: Event) => {
    const path = event.composedPath();
    const scrolls = path.slice(0, path.indexOf(element) + 1).some(canScroll);
    if (scrolls || !shell.isEmbedded) event.stopPropagation();
    const { ctrlKey, touches } = event as Partial<WheelEvent & TouchEvent>;
    if (!scrolls && !shell.isEmbedded && !ctrlKey && !touches?.[1]) event.preventDefault();
  };
  for (const type of ["wheel", "touchmove"]) element.addEventListener(type, moved, { passive: false });
}

function canScroll(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement &&
    target.scrollHeight > target.clientHeight &&
    /auto|scroll/.test(getComputedStyle(target).overflowY)
  );
}
