import type { Browser } from "../browser.ts";
import type { ChatStorage } from "../storage.ts";

/** What the election of a leading tab needs of Web Locks. */
export interface Locks {
  /**
   * @param hold Called when the lock is acquired. The lock is released when its promise is settled.
   * @returns resolves after the release; rejects with an `AbortError` if the signal aborts or another tab steals the lock.
   */
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: true },
    hold: () => Promise<void>,
  ): Promise<void>;
}

// A file of its own, fetched on pages without Web Locks. It imports types only, so that the core stays one file.

/** After this long, of two tabs that wrote their name at once, both see whose has stayed. */
const NAME_SETTLES_MS = 60;

const LEADER = "#leader";

/** For pages without Web Locks (plain http): a tab that finds no name in storage writes its own, and holds the lock while it stays there. */
export function createStoredLock(browser: Browser, storage: ChatStorage, createId: () => string): Locks {
  return {
    request(_name, { signal, steal }, hold) {
      const tabId = createId();
      const done = new AbortController();
      const holder = () => storage.get(LEADER).tabId;
      let isHeld = false;

      return new Promise<void>((resolve, reject) => {
        function leave(): void {
          done.abort();
          browser.setTimer(settle);
          if (holder() === tabId) storage.set(LEADER, null);
        }

        function write(): void {
          storage.set(LEADER, { tabId });
          browser.setTimer(settle, NAME_SETTLES_MS);
        }

        async function settle(): Promise<void> {
          if (holder() !== tabId) return;
          isHeld = true;
          await hold();
          leave();
          resolve();
        }

        function look(): void {
          const isLost = isHeld ? holder() !== tabId : signal?.aborted;
          if (isLost) {
            leave();
            reject(new DOMException("The lock is not this tab's.", "AbortError"));
          } else if (!holder()) {
            write();
          }
        }

        browser.window.addEventListener("storage", look, { signal: done.signal });
        signal?.addEventListener("abort", look, { signal: done.signal });
        if (steal) write();
        else look();
      });
    },
  };
}
