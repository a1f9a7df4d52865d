/** The one element that a page gets. */
export const HOST_TAG = "mailoo-chat-widget";

/** Fired on the element when it has been put into the document again, after which scroll positions are lost. */
export const PLACED = "mailoo-chat:placed";

/** Only a running widget prevents this event's default. */
const PROBE = "mailoo-chat:probe";

export function answerProbes(host: HTMLElement): void {
  host.addEventListener(PROBE, (event) => event.preventDefault());
}

/**
 * Whether a widget is behind an element. There is none behind an element that was prerendered, saved with the page or
 * cloned, and none after `document.open()`, which removes all listeners.
 */
export function isRunning(host: Element): boolean {
  return !host.dispatchEvent(new Event(PROBE, { cancelable: true }));
}

/** All elements of the widgets of one BFF, running or not. No base URL holds a quotation mark. */
export function findHosts(id: string): readonly Element[] {
  return [...document.querySelectorAll(`[id="${id}"]`)];
}
