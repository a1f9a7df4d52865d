import { findHosts, findRunning, HOST_TAG, isRunning, PLACED } from "./host-element.ts";

/**
 * A page that takes the element out again at once, every time, has its way in the end; one that renders its whole document
 * anew now and then may do so for ever. So there is one return more for each second.
 */
const MAX_RETURNS = 200;

/**
 * Puts the element behind `<body>`, where a transformed or zoomed body cannot bend `position: fixed`, and back there
 * when the page takes it away, or replaces `<html>` or `<body>`.
 *
 * @param destroy removes the widget: the page has been replaced by `document.open()`, or it has another one.
 */
export function keepAttached(host: HTMLElement, signal: AbortSignal, destroy: () => void): void {
  const observer = new MutationObserver(place);
  let returns = 0;

  function place(): void {
    // Another script may have made the next widget while this one was out of the document.
    const isReplaced = returns > 0 && !host.isConnected && findRunning(host.id);
    if (isReplaced || !isRunning(host)) destroy();
    const page = document.documentElement;
    if (signal.aborted || !page) return;
    for (const copy of findHosts(host.id)) if (!isRunning(copy)) copy.remove();
    // A script in the head runs before there is a body.
    const isPlaced = host.isConnected && !document.querySelector(`${HOST_TAG}~body`);
    if (isPlaced || ++returns > MAX_RETURNS + performance.now() / 1000) return;
    page.append(host);
    host.dispatchEvent(new Event(PLACED));
    for (const node of [document, page]) observer.observe(node, { childList: true });
  }

  // React 18 discards the whole document if it finds an unknown element behind the body while it hydrates. It only
  // looks at elements and texts: this says that it is a processing instruction.
  Object.defineProperty(host, "nodeType", { value: 7 });
  place();
  signal.addEventListener("abort", () => observer.disconnect());
}
