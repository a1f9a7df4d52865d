/** A page that takes the element out again and again has its way in the end: at most this often in a while. */
const MAX_RETURNS = 20;
const WHILE_MS = 10_000;

/**
 * Puts the element behind `<body>`, where a transformed or zoomed body cannot bend `position: fixed`, and back there
 * when the page replaces its body or its whole document element.
 */
export function keepAttached(host: HTMLElement, signal: AbortSignal): void {
  const observer = new MutationObserver(attach);
  let returns = 0;
  let sinceMs = 0;

  function attach(): void {
    const page = document.documentElement;
    if (!page || (host.isConnected && !isBeforeBody(host))) return;
    const nowMs = performance.now();
    if (nowMs - sinceMs > WHILE_MS) {
      sinceMs = nowMs;
      returns = 0;
    }
    if (returns++ > MAX_RETURNS) return;
    page.append(host);
    observer.observe(document, { childList: true });
    observer.observe(page, { childList: true });
  }

  attach();
  signal.addEventListener("abort", () => observer.disconnect());
}

/** A script in the head runs before there is a body. */
function isBeforeBody(host: HTMLElement): boolean {
  return (
    document.body !== null &&
    (host.compareDocumentPosition(document.body) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
  );
}
