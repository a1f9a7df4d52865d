import { createMemoryStorage } from "@mailoo-chat/e2e/memory-storage";
import type { BrowserWindow } from "@mailoo-chat/widget/client";

/** The browser of one visitor: this page's network, with a switch, and a storage of its own. */
export interface VisitorWindow {
  readonly window: BrowserWindow;
  /** As the browser does it: requests fail, sockets end, and the page is told. */
  setOnline(isOnline: boolean): void;
}

export function createVisitorWindow(): VisitorWindow {
  const events = new EventTarget();
  const sockets = new Set<WebSocket>();
  const navigator = { onLine: true };
  let network = new AbortController();

  class PageSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.add(this);
      this.addEventListener("close", () => sockets.delete(this));
      if (!navigator.onLine) this.close();
    }
  }

  return {
    window: {
      fetch(input, init) {
        const signals = [network.signal, ...(init?.signal ? [init.signal] : [])];
        return fetch(input, { ...init, signal: AbortSignal.any(signals) });
      },
      WebSocket: PageSocket,
      localStorage: createMemoryStorage(),
      crypto,
      // Without locks and channels: each run is a visitor of its own.
      navigator,
      document: { hidden: false },
      performance,
      setTimeout: (action, inMs) => window.setTimeout(action, inMs),
      clearTimeout: (timer) => window.clearTimeout(timer),
      addEventListener: events.addEventListener.bind(events),
    },
    setOnline(isOnline) {
      if (navigator.onLine === isOnline) return;
      navigator.onLine = isOnline;
      if (isOnline) {
        network = new AbortController();
      } else {
        network.abort(new TypeError("offline"));
        for (const socket of sockets) socket.close();
      }
      events.dispatchEvent(new Event(isOnline ? "online" : "offline"));
    },
  };
}
