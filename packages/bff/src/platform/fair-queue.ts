/** `interactive`: a visitor waits for it. `background`: nobody would notice a delay. */
export type Priority = "interactive" | "background";

export interface QueueEntry {
  /** Usually a session. */
  readonly lane: string;
  readonly priority: Priority;
}

/**
 * A bounded queue that is fair between lanes: lanes take turns, so that many entries in one do not delay the others.
 * Interactive entries have priority over background ones, but every fourth turn is for the background. Background entries
 * may fill half of the queue, and one lane a quarter of it.
 */
export function createFairQueue<T extends QueueEntry>(maxSize: number) {
  /** The order of each Map is the order of turns. */
  const lanes = { interactive: new Map<string, Set<T>>(), background: new Map<string, Set<T>>() };
  const maxPerLane = Math.max(1, Math.ceil(maxSize / 4));
  let size = 0;
  let interactiveInARow = 0;

  return {
    get size(): number {
      return size;
    },

    /** False if there is no room. */
    push(entry: T): boolean {
      const { lane, priority } = entry;
      const waiting = lanes[priority].get(lane) ?? new Set();
      const limit = priority === "background" ? maxSize / 2 : maxSize;
      if (size >= limit || waiting.size >= maxPerLane) return false;
      lanes[priority].set(lane, waiting.add(entry));
      size += 1;
      return true;
    },

    shift(): T | undefined {
      const interactive =
        interactiveInARow < 3 || lanes.background.size === 0 ? next("interactive") : undefined;
      const entry = interactive ?? next("background");
      interactiveInARow = interactive === undefined ? 0 : interactiveInARow + 1;
      if (entry !== undefined) remove(entry);
      return entry;
    },

    remove,

    /** Removes and returns all entries. */
    clear(): readonly T[] {
      const entries = [...lanes.interactive.values(), ...lanes.background.values()].flatMap((lane) => [
        ...lane,
      ]);
      lanes.interactive.clear();
      lanes.background.clear();
      size = 0;
      return entries;
    },
  };

  /** The first entry of the lane whose turn it is; the lane moves to the end. */
  function next(priority: Priority): T | undefined {
    for (const [lane, waiting] of lanes[priority]) {
      lanes[priority].delete(lane);
      lanes[priority].set(lane, waiting);
      for (const entry of waiting) return entry;
    }
    return undefined;
  }

  /** False if the entry is not in the queue. */
  function remove(entry: T): boolean {
    const { lane, priority } = entry;
    const waiting = lanes[priority].get(lane);
    if (waiting?.delete(entry) !== true) return false;
    size -= 1;
    if (waiting.size === 0) lanes[priority].delete(lane);
    return true;
  }
}
