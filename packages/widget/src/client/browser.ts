/**
 * The parts of a window that the client uses, and all it knows of the page. Any of them may be missing or throw
 * on some page (storage under a strict privacy setting, Web Locks on plain http); the client copes.
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

/** The page as the parts of one client share it: what they leave running, it stops. */
export interface Page {
  readonly window: BrowserWindow;
  /**
   * Runs the action once. There is one timer for each action: a new one takes the place of the one before.
   *
   * @param inMs Left out: the action is not run any more.
   */
  setTimer(action: () => void, inMs?: number): void;
  stopTimers(): void;
  /**
   * Milliseconds from any start. Never goes back, whatever is done to the machine's clock, and counts the time that the
   * machine sleeps, which `performance.now()` does not in every browser. For every deadline within this page.
   */
  now(): number;
  /** @param types Names of the window's events, parted by blanks. */
  listen(types: string, action: (event: StorageEvent) => void): void;
  stopListening(): void;
}

/** Where the wall clock has gained more than this on the steady one, the machine has slept. */
const SLEEP_MS = 1_000;

export function createPage(window: BrowserWindow): Page {
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
        // Only events of the type "storage" have more than any event, and only of them is more asked.
        const listener = action as (event: Event) => void;
        window.addEventListener(type, listener, { capture: true, signal: lifetime.signal });
      }
    },
    stopListening: () => lifetime.abort(),
  };
}

/** 160 random bits in some 50 digits. `crypto.randomUUID` does not exist on plain http. */
export function randomId({ window }: Page): string {
  return window.crypto.getRandomValues(new Uint32Array(5)).join("");
}
