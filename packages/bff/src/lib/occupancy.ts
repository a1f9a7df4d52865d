/** How many of something each key holds at this moment. */
export interface Occupancy {
  /** False, and nothing taken, where the key holds its cap already. */
  enter(key: string): boolean;
  leave(key: string): void;
}

/** @param cap null: no cap. */
export function createOccupancy(cap: number | null): Occupancy {
  const held = new Map<string, number>();
  return {
    enter(key) {
      const count = held.get(key) ?? 0;
      if (cap !== null && count >= cap) return false;
      held.set(key, count + 1);
      return true;
    },
    leave(key) {
      const count = held.get(key) ?? 0;
      if (count > 1) held.set(key, count - 1);
      else held.delete(key);
    },
  };
}
