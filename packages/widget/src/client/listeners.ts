export interface Listeners<T> {
  /** @returns removes the listener. */
  add(listener: (value: T) => void): () => void;
  call(value: T): void;
  clear(): void;
}

/** A listener that throws is reported as the page's error and does not stop the others. */
export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call(value) {
      for (const listener of listeners) {
        try {
          listener(value);
        } catch (error) {
          globalThis.reportError?.(error);
        }
      }
    },
    clear: () => listeners.clear(),
  };
}
