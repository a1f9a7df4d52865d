import { HOST_TAG } from "./host-tag.ts";

/** A page that takes the element out again and again has its way in the end. */
const MAX_RETURNS = 200;

/**
 * Puts the element behind `<body>`, where a transformed or zoomed body cannot bend `position: fixed`, and back there
 * when the page takes it away or puts another body behind it.
 */
export function keepAttached(host: HTMLElement, signal: AbortSignal): void {
  const observer = new MutationObserver(attach);
  let returns = 0;

  function attach(): void {
    const page = document.documentElement;
    // A script in the head runs before there is a body.
    const isPlaced = host.isConnected && !document.querySelector(`${HOST_TAG}~body`);
    if (isPlaced || ++returns > MAX_RETURNS) return;
    page.append(host);
    observer.observe(page, { childList: true });
  }

  attach();
  signal.addEventListener("abort", () => observer.disconnect());
}
