import { findHosts, HOST_TAG, isRunning, PLACED } from "./host-element.ts";

/** A page that takes the element out again at once, every time, has its way in the end: see `returnsSince`. */
const MAX_RETURNS = 200;
const RETURNS_COUNT_FOR_MS = 1_000;

/**
 * Puts the element behind `<body>`, where a transformed or zoomed body cannot bend `position: fixed`, and back there
 * when the page takes it away, or replaces `<html>` or `<body>`.
 *
 * @param destroy removes the widget: the page has been replaced by `document.open()`.
 */
export function keepAttached(host: HTMLElement, signal: AbortSignal, destroy: () => void): void {
  const observer = new MutationObserver(place);
  let returns = 0;
  /** A page that renders its whole document anew every now and then may do so for ever. */
  let returnsSince = 0;

  function place(): void {
    if (!isRunning(host)) destroy();
    const page = document.documentElement;
    if (signal.aborted || !page) return;
    for (const copy of findHosts(host.id)) if (!isRunning(copy)) copy.remove();
    // A script in the head runs before there is a body.
    const isPlaced = host.isConnected && !document.querySelector(`${HOST_TAG}~body`);
    if (isPlaced) return;
    if (performance.now() - returnsSince > RETURNS_COUNT_FOR_MS) {
      returnsSince = performance.now();
      returns = 0;
    }
    if (++returns > MAX_RETURNS) return;
    page.append(host);
    host.dispatchEvent(new Event(PLACED));
    for (const node of [document, page]) observer.observe(node, { childList: true });
  }

  // React 18 throws the whole document away if it finds an unknown element behind the body while it hydrates. It only
  // looks at elements and texts.
  Object.defineProperty(host, "nodeType", { value: Node.PROCESSING_INSTRUCTION_NODE });
  place();
  signal.addEventListener("abort", () => observer.disconnect());
}
