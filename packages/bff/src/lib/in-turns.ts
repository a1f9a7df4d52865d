/**
 * Runs a task for each item, in batches of `atOnce`, and returns to the event loop between them. For thousands of sockets, one
 * batch would block the process for seconds.
 */
export async function inTurns<T>(items: Iterable<T>, atOnce: number, task: (item: T) => void): Promise<void> {
  let left = atOnce;
  for (const item of items) {
    if (left === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      left = atOnce;
    }
    left -= 1;
    task(item);
  }
}
