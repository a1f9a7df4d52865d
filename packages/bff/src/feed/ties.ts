/**
 * Messages of one millisecond stand as the platform lists them, and a reader places each message that it is handed behind
 * all others of the same millisecond. So a reader that has them in another order gets them right by being handed, in order,
 * everything from the first one that is out of place.
 */

/** The runs of two and more with the same `createdMs`. */
export function* tiesIn<T extends { readonly createdMs: number }>(
  entries: readonly T[],
): Generator<readonly T[]> {
  for (let start = 0; start < entries.length; ) {
    const ms = entries[start]?.createdMs;
    let end = start + 1;
    while (end < entries.length && entries[end]?.createdMs === ms) end += 1;
    if (end - start > 1) yield entries.slice(start, end);
    start = end;
  }
}

/**
 * Which of some ties, given in the platform's order, a reader must be handed.
 *
 * @param placeOf where the reader has an entry, as a number to compare; null: it does not have it.
 */
export function misplaced<T>(ties: readonly T[], placeOf: (entry: T) => number | null): readonly T[] {
  let last = Number.NEGATIVE_INFINITY;
  const first = ties.findIndex((entry) => {
    const place = placeOf(entry);
    if (place === null || place < last) return true;
    last = place;
    return false;
  });
  return first < 0 ? [] : ties.slice(first);
}
