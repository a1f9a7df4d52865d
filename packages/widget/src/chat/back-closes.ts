/** Of the HTML standard; not in TypeScript's library yet, nor in every engine. */
interface CloseWatcher {
  onclose: (() => void) | null;
  destroy(): void;
}

/**
 * While the panel covers a phone's screen, Back closes it instead of leaving the site. Does nothing in browsers without
 * `CloseWatcher`.
 *
 * @returns to be told whether the panel covers the screen.
 */
export function createBackWatch(close: () => void): (isCovering: boolean) => void {
  const { CloseWatcher } = window as { readonly CloseWatcher?: new () => CloseWatcher };
  let watcher: CloseWatcher | undefined;
  return (isCovering) => {
    if (isCovering && !watcher && CloseWatcher) {
      watcher = new CloseWatcher();
      watcher.onclose = () => {
        watcher = undefined;
        close();
      };
    } else if (!isCovering) {
      watcher?.destroy();
      watcher = undefined;
    }
  };
}
