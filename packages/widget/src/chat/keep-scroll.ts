/**
 * Wheel and finger scroll what is inside an element, and never the page behind it. A page that scrolls by itself does not
 * receive these events. Zooming is left to the browser.
 */
export function keepScroll(element: HTMLElement): void {
  const moved = (event: Event) => {
    event.stopPropagation();
    const { ctrlKey, touches } = event as Partial<WheelEvent & TouchEvent>;
    if (!ctrlKey && !touches?.[1] && !event.composedPath().some(canScroll)) event.preventDefault();
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
