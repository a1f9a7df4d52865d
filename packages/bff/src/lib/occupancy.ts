/**
 * Counts the items that each key holds, up to a limit.
 *
 * @param max null: no limit
 */
export function createOccupancy(max: number | null) {
  const counts = new Map<string, number>();
  return {
    /** Returns false and counts nothing if the key is at its limit. */
    acquire(key: string): boolean {
      const count = counts.get(key) ?? 0;
      if (max !== null && count >= max) return false;
      counts.set(key, count + 1);
      return true;
    },
    release(key: string): void {
      const count = counts.get(key) ?? 0;
      if (count > 1) counts.set(key, count - 1);
      else counts.delete(key);
    },
  };
}
