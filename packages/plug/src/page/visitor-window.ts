import { createMemoryStorage } from "@mailoo-chat/e2e/memory-storage";
import type { BrowserWindow } from "@mailoo-chat/widget/client";

/** One visitor's browser: this page's network with a switch, and separate storage. */
export interface VisitorWindow {
  readonly window: BrowserWindow;
  /** Acts like a browser that goes offline: requests fail, sockets close, and an event is emitted. */
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
      // No locks and channels: each run is a separate visitor.
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
