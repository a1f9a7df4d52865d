import type { Page } from "./platform.ts";

export interface PageWatcher {
  /** Another tab has written to the site's storage. */
  onStored(key: string | null): void;
  /** The page goes to sleep or away, and may come back as it was. */
  onLeave(): void;
  /** The browser says that there is no network. */
  onOffline(): void;
  /** The page, the network or the visitor is back, or the machine has slept. */
  onReturn(): void;
}

/** How often to look whether time has jumped, as it does when a machine has slept. */
const CLOCK_LOOK_MS = 5_000;

/**
 * Hears of all that may part the page from the world. Never of `unload`, which would keep it out of the bfcache.
 * Ends with the signal; the clock stops with the page's timers.
 */
export function watchPage({ window, setTimer }: Page, signal: AbortSignal, watcher: PageWatcher): void {
  let lookedAtMs: number;

  function listen(types: string, action: (event: StorageEvent) => void): void {
    for (const type of types.split(" ")) {
      window.addEventListener(type, action as (event: Event) => void, { capture: true, signal });
    }
  }

  /** Several of these events come at once. */
  function comeBackSoon(): void {
    setTimer(comeBack, 0);
  }

  function comeBack(): void {
    watchClock();
    watcher.onReturn();
  }

  function watchClock(): void {
    lookedAtMs = Date.now();
    setTimer(lookAtClock, CLOCK_LOOK_MS);
  }

  function lookAtClock(): void {
    const hasSlept = Date.now() - lookedAtMs > 3 * CLOCK_LOOK_MS;
    watchClock();
    // Timers of hidden tabs are late at all times.
    if (hasSlept) unlessHidden();
  }

  function unlessHidden(): void {
    if (!window.document.hidden) comeBackSoon();
  }

  listen("storage", ({ key }) => watcher.onStored(key));
  listen("pagehide freeze", watcher.onLeave);
  listen("offline", watcher.onOffline);
  listen("online pageshow resume", comeBackSoon);
  listen("visibilitychange", unlessHidden);
  watchClock();
}
