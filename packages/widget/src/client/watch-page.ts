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

const EVENTS = "storage online offline pageshow pagehide freeze resume visibilitychange".split(" ");

/**
 * Hears of all that may part the page from the world. Never of `unload`, which would keep it out of the bfcache.
 * Returns the function that stops listening; the clock stops with the page's timers.
 */
export function watchPage({ window, startTimer }: Page, watcher: PageWatcher): () => void {
  const lifetime = new AbortController();
  let stopClock = () => {};

  function hear(event: Event): void {
    const { type } = event;
    if (type === "storage") watcher.onStored((event as StorageEvent).key);
    else if (type === "pagehide" || type === "freeze") watcher.onLeave();
    else if (type === "offline") watcher.onOffline();
    else if (type !== "visibilitychange" || !window.document.hidden) comeBack();
  }

  function comeBack(): void {
    watcher.onReturn();
    watchClock();
  }

  function watchClock(): void {
    const lookedAtMs = Date.now();
    stopClock();
    if (lifetime.signal.aborted) return;
    stopClock = startTimer(() => {
      if (Date.now() - lookedAtMs > 3 * CLOCK_LOOK_MS && !window.document.hidden) comeBack();
      else watchClock();
    }, CLOCK_LOOK_MS);
  }

  for (const type of EVENTS) window.addEventListener(type, hear, { capture: true, signal: lifetime.signal });
  watchClock();
  return () => lifetime.abort();
}
