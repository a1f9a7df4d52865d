/** Counts how many of something each key holds, up to a limit. */
export interface Occupancy {
  /** False, and nothing counted, if the key is at its limit. */
  acquire(key: string): boolean;
  release(key: string): void;
}

/** @param max null: no limit */
export function createOccupancy(max: number | null): Occupancy {
  const counts = new Map<string, number>();
  return {
    acquire(key) {
      const count = counts.get(key) ?? 0;
      if (max !== null && count >= max) return false;
      counts.set(key, count + 1);
      return true;
    },
    release(key) {
      const count = counts.get(key) ?? 0;
      if (count > 1) counts.set(key, count - 1);
      else counts.delete(key);
    },
  };
}
