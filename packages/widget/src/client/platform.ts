/**
 * The parts of a window that the client uses, and all it knows of the page. Any of them may be missing or throw
 * on some page (storage under a strict privacy setting, Web Locks on plain http); the client copes.
 */
export interface Platform {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  readonly localStorage: Storage;
  readonly BroadcastChannel?: typeof BroadcastChannel;
  readonly crypto: Pick<Crypto, "getRandomValues">;
  readonly navigator: { readonly onLine: boolean; readonly locks?: LockManager };
  readonly document: { readonly hidden: boolean };
  setTimeout(action: () => void, inMs: number): number;
  clearTimeout(timer: number): void;
  addEventListener(type: string, listener: (event: Event) => void, options: AddEventListenerOptions): void;
}

/** The page as the parts of one client share it: what one of them leaves running, `stopTimers()` stops. */
export interface Page {
  readonly window: Platform;
  /** Calls back once, unless the returned function is called before. */
  startTimer(action: () => void, inMs: number): () => void;
  stopTimers(): void;
}

export function createPage(window: Platform): Page {
  const stops = new Set<() => void>();
  return {
    window,
    startTimer(action, inMs) {
      const stop = () => {
        window.clearTimeout(timer);
        stops.delete(stop);
      };
      const timer = window.setTimeout(() => {
        stops.delete(stop);
        action();
      }, inMs);
      stops.add(stop);
      return stop;
    },
    stopTimers() {
      for (const stop of stops) stop();
    },
  };
}

/** 160 random bits in some 31 characters of `0-9a-z`. `crypto.randomUUID` does not exist on plain http. */
export function randomId({ window }: Page): string {
  return Array.from(window.crypto.getRandomValues(new Uint32Array(5)), (part) => part.toString(36)).join("");
}
