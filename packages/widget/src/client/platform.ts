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
  clearTimeout(timer?: number): void;
  addEventListener(type: string, listener: (event: Event) => void, options: AddEventListenerOptions): void;
}

/** The page as the parts of one client share it: what one of them leaves running, `stopTimers()` stops. */
export interface Page {
  readonly window: Platform;
  /**
   * Runs the action once. There is one timer for each action: a new one takes the place of the one before.
   *
   * @param inMs Left out: the action is not run any more.
   */
  setTimer(action: () => void, inMs?: number): void;
  stopTimers(): void;
}

export function createPage(window: Platform): Page {
  const timers = new Map<() => void, number>();

  function setTimer(action: () => void, inMs?: number): void {
    window.clearTimeout(timers.get(action));
    timers.delete(action);
    if (inMs == null) return;
    const run = () => {
      timers.delete(action);
      action();
    };
    timers.set(action, window.setTimeout(run, inMs));
  }

  return {
    window,
    setTimer,
    stopTimers() {
      for (const action of timers.keys()) setTimer(action);
    },
  };
}

/** 160 random bits in some 31 characters of `0-9a-z`. `crypto.randomUUID` does not exist on plain http. */
export function randomId({ window }: Page): string {
  return Array.from(window.crypto.getRandomValues(new Uint32Array(5)), (part) => part.toString(36)).join("");
}
