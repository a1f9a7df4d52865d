import type { ChatWidget } from "../api/widget.ts";

/** The one element that a page gets. */
export const HOST_TAG = "mailoo-chat-widget";

/** Fired on the element when it has been put into the document again, after which scroll positions are lost. */
export const PLACED = "mailoo-chat:placed";

/** Only a running widget prevents this event's default. */
const PROBE = "mailoo-chat:probe";

/**
 * The widget behind an element, for other scripts on the page that would make one for the same server. Both are undefined
 * for a widget of version 0.1.
 */
export interface Running {
  readonly widget: ChatWidget | undefined;
  readonly destroyed: AbortSignal | undefined;
}

export function answerProbes(host: HTMLElement, running: Running): void {
  host.addEventListener(PROBE, (event) => {
    event.preventDefault();
    Object.assign(Object((event as CustomEvent).detail), running);
  });
}

/**
 * Whether a widget is behind an element. There is none behind an element that was prerendered, saved with the page or
 * cloned, and none after `document.open()`, which removes all listeners.
 *
 * @param found is given the widget.
 */
export function isRunning(host: Element, found: object = {}): boolean {
  return !host.dispatchEvent(new CustomEvent(PROBE, { cancelable: true, detail: found }));
}

/** The running widget of one BFF, whichever script of the page has made it. */
export function findRunning(id: string): Running | undefined {
  const found = {} as Running;
  return findHosts(id).some((host) => isRunning(host, found)) ? found : undefined;
}

/** All elements of the widgets of one BFF, running or not. No base URL holds a quotation mark. */
export function findHosts(id: string): readonly Element[] {
  return [...document.querySelectorAll(`[id="${id}"]`)];
}
