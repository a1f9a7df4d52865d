/**
 * Tells the oldest item of a Map or Set, time and again, to whoever deletes at that end and adds at the other. A new
 * iterator each time would pass the empty places of all that have gone: among 50,000 entries for 50 µs.
 *
 * @param begin an iterator over all of them
 * @param isThere whether an item that it gave is still the one in its place
 */
export function createOldestFirst<T>(
  begin: () => Iterator<T, unknown>,
  isThere: (item: T) => boolean,
): () => T | undefined {
  let walk = begin();
  let oldest: T | undefined;

  function next(): T | undefined {
    const step = walk.next();
    return step.done === true ? undefined : step.value;
  }

  return () => {
    if (oldest !== undefined && isThere(oldest)) return oldest;
    oldest = next();
    if (oldest === undefined) {
      // An iterator that has come to its end stays there, whatever is added.
      walk = begin();
      oldest = next();
    }
    return oldest;
  };
}
