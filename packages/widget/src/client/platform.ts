/**
 * What the client takes from the browser. Tests and simulations pass their own; everything here may be missing
 * or throw on some page (storage under a strict privacy setting, Web Locks on plain http), and the client copes.
 */
export interface Platform {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Throws where sockets are missing or the page's policy forbids them. */
  openSocket(url: string, protocol: string): WebSocket;
  /** May throw, or give null. */
  storage(): Storage | null;
  /** Undefined on plain http sites. */
  readonly locks: LockManager | undefined;
  /** Null where there are no channels between tabs. */
  openChannel(name: string): BroadcastChannel | null;
  /** Calls back once after the delay, in milliseconds, unless the returned function is called before. */
  setTimer(callback: () => void, inMs: number): () => void;
  /** Epoch milliseconds. */
  now(): number;
  /** Evenly drawn from [0, 1). */
  random(): number;
  /** 128 random bits in 32 characters of `0-9a-f`. */
  randomId(): string;
  isOnline(): boolean;
  isHidden(): boolean;
  /** Returns the function that stops listening. */
  onPageEvent(listener: (type: PageEvent, event: Event) => void): () => void;
}

export type PageEvent = (typeof PAGE_EVENTS)[number];

const PAGE_EVENTS = [
  "online",
  "offline",
  "pageshow",
  "pagehide",
  "freeze",
  "resume",
  "visibilitychange",
  "storage",
] as const;

export function createBrowserPlatform(): Platform {
  return {
    fetch: (url, init) => fetch(url, init),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    storage: () => localStorage,
    locks: navigator.locks,
    openChannel: (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null),
    setTimer(callback, inMs) {
      const timer = setTimeout(callback, inMs);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    random: Math.random,
    randomId: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        (byte + 256).toString(16).slice(1),
      ).join(""),
    isOnline: () => navigator.onLine,
    isHidden: () => document.hidden,
    onPageEvent(listener) {
      // Capturing at the window hears the document's own events as well.
      const stops = PAGE_EVENTS.map((type) => {
        const heard = (event: Event) => listener(type, event);
        addEventListener(type, heard, true);
        return () => removeEventListener(type, heard, true);
      });
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
