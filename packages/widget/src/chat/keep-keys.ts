/**
 * What is typed here is no shortcut of the page's. A page that listens in the capture phase hears of a key before its
 * target does, sees the host element instead of a text box, and may take the letter away. So every key is stopped at the
 * window, and an event that does not leave the shadow root tells the target. What the browser does with the key is not
 * changed by that.
 */
export function keepKeys(root: HTMLElement, signal: AbortSignal): void {
  function tellInside(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    if (!(target instanceof Node && root.contains(target))) return;
    event.stopImmediatePropagation();
    const { type, key, code, keyCode, location, repeat, isComposing } = event;
    const { shiftKey, ctrlKey, altKey, metaKey } = event;
    const keys = { key, code, keyCode, location, repeat, isComposing, shiftKey, ctrlKey, altKey, metaKey };
    const inside = new KeyboardEvent(type, { ...keys, bubbles: true, cancelable: true });
    if (!target.dispatchEvent(inside)) event.preventDefault();
  }

  for (const type of ["keydown", "keypress", "keyup"] as const) {
    addEventListener(type, tellInside, { capture: true, signal });
  }
}
