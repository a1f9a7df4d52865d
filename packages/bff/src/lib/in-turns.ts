/**
 * Does something for each of many, some at once, and lets whatever else the process has to do go on in between. For thousands
 * of sockets one turn would take seconds, in which no send is read, answered or given its time.
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
