/**
 * The parts of a window that the client uses. Any of them may be missing or throw (storage under a strict privacy setting,
 * Web Locks on plain http).
 */
export interface BrowserWindow {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  readonly localStorage: Storage;
  readonly BroadcastChannel?: typeof BroadcastChannel;
  readonly crypto: Pick<Crypto, "getRandomValues">;
  readonly navigator: { readonly onLine: boolean; readonly locks?: LockManager };
  readonly document: { readonly hidden: boolean };
  readonly performance: Pick<Performance, "now">;
  setTimeout(action: () => void, inMs: number): number;
  clearTimeout(timer?: number): void;
  addEventListener(type: string, listener: (event: Event) => void, options: AddEventListenerOptions): void;
}

/** The browser as the parts of one client share it: it stops whatever they leave running. */
export interface Browser {
  readonly window: BrowserWindow;
  /**
   * Runs the action once. Each action has one timer: setting it again replaces it.
   *
   * @param inMs Left out: cancels the timer.
   */
  setTimer(action: () => void, inMs?: number): void;
  stopTimers(): void;
  /**
   * A monotonic clock in milliseconds, for all deadlines. Unlike `performance.now()` in some browsers it also counts the
   * time that the machine sleeps.
   */
  now(): number;
  /** @param types Names of window events, separated by blanks. */
  listen(types: string, action: (event: StorageEvent) => void): void;
  stopListening(): void;
}

/** If the wall clock gains more than this on `performance.now()`, the machine has slept. */
const SLEEP_MS = 1_000;

export function createBrowser(window: BrowserWindow): Browser {
  const timers = new Map<() => void, number>();
  const lifetime = new AbortController();

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

  let elapsedMs = 0;
  let steadyAtMs = window.performance.now();
  let wallAtMs = Date.now();

  return {
    window,
    now() {
      const steadyMs = window.performance.now() - steadyAtMs;
      const wallMs = Date.now() - wallAtMs;
      steadyAtMs += steadyMs;
      wallAtMs += wallMs;
      elapsedMs += wallMs - steadyMs > SLEEP_MS ? wallMs : steadyMs;
      return elapsedMs;
    },
    setTimer,
    stopTimers() {
      for (const action of timers.keys()) setTimer(action);
    },
    listen(types, action) {
      for (const type of types.split(" ")) {
        // Only listeners of "storage" read more than the type.
        const listener = action as (event: Event) => void;
        window.addEventListener(type, listener, { capture: true, signal: lifetime.signal });
      }
    },
    stopListening: () => lifetime.abort(),
  };
}

/** 160 random bits in some 50 digits. `crypto.randomUUID` does not exist on plain http. */
export function randomId({ window }: Browser): string {
  return window.crypto.getRandomValues(new Uint32Array(5)).join("");
}
