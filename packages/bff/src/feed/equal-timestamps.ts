/*
 * Messages with the same millisecond stand in the order in which the platform lists them. A client places each message
 * that it receives behind all others of that millisecond. So a client that has them in another order is put right by
 * delivering everything again, in order, from the first one that is out of place.
 */

/** The runs of two or more entries with the same `createdMs`. */
export function* groupsOfEqualTime<T extends { readonly createdMs: number }>(
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
 * The entries of a group, given in the platform's order, that a client must receive again to have it in order.
 *
 * @param placeOf the client's place for an entry, as a number to compare; null: the client does not have it
 */
export function outOfPlace<T>(group: readonly T[], placeOf: (entry: T) => number | null): readonly T[] {
  let last = Number.NEGATIVE_INFINITY;
  const first = group.findIndex((entry) => {
    const place = placeOf(entry);
    if (place === null || place < last) return true;
    last = place;
    return false;
  });
  return first < 0 ? [] : group.slice(first);
}
