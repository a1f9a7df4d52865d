import { useLayoutEffect } from "preact/hooks";

/** Of the HTML standard; not in TypeScript's library yet, nor in every engine. */
interface CloseWatcher {
  onclose: (() => void) | null;
  destroy(): void;
}

/**
 * While the panel covers a phone's screen, Back closes it instead of leaving the site. Does nothing in browsers without
 * `CloseWatcher`.
 */
export function useBackCloses(isCovering: boolean, close: () => void): void {
  useLayoutEffect(() => {
    const { CloseWatcher } = window as { readonly CloseWatcher?: new () => CloseWatcher };
    if (!isCovering || !CloseWatcher) return;
    const watcher = new CloseWatcher();
    watcher.onclose = close;
    return () => watcher.destroy();
  }, [isCovering, close]);
}
