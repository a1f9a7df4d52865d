/** Wakes whoever waits for the next ring. Holds nothing while nobody waits. */
export class Bell {
  #waiting: Set<() => void> | null = null;

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const wake of waiting ?? []) wake();
  }

  /** Resolves with the next ring, after `timeoutMs`, or when the signal aborts; the caller looks which it was. */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        this.#waiting?.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal?.addEventListener("abort", wake);
      this.#waiting ??= new Set();
      this.#waiting.add(wake);
    });
  }
}
