/** `interactive`: somebody waits for it. `background`: nobody would notice a delay. */
export type Priority = "interactive" | "background";

/**
 * A bounded queue that is fair between lanes (a session each): lanes take turns, so that a crowd in one does not hold up
 * the others. Interactive entries go before background ones, but after three of them a waiting background entry has its
 * turn. All operations take constant time, whatever the number of waiters.
 *
 * Overflow: a background newcomer is turned away; an interactive one displaces the background entry that came last, and
 * is turned away where there is none or where its own lane already holds a quarter of the queue.
 */
export interface FairQueue<T> {
  readonly size: number;
  /** Returns what has to give way: nothing (null), the newcomer itself, or a displaced entry. */
  push(entry: T, place: Place): Pushed<T>;
  shift(): T | undefined;
  /** Takes one out of turn; false where it is not waiting. */
  remove(entry: T): boolean;
  /** Takes all out. */
  clear(): readonly T[];
}

export interface Place {
  readonly lane: string;
  readonly priority: Priority;
}

export type Pushed<T> =
  | { readonly kind: "queued" }
  | { readonly kind: "refused" }
  | { readonly kind: "displaced"; readonly entry: T };

export function createFairQueue<T>(maxSize: number): FairQueue<T> {
  const places = new Map<T, Place>();
  const classes: Record<Priority, Rotation<T>> = {
    interactive: createRotation(),
    background: createRotation(),
  };
  const laneMax = Math.max(1, Math.ceil(maxSize / 4));
  let arrivals: T[] = [];
  let interactiveInARow = 0;

  return {
    get size() {
      return places.size;
    },

    push(entry, place) {
      const { lane, priority } = place;
      if (maxSize > 0 && classes[priority].laneSize(lane) < laneMax && places.size < maxSize) {
        add(entry, place);
        return { kind: "queued" };
      }
      if (priority === "background" || classes[priority].laneSize(lane) >= laneMax)
        return { kind: "refused" };
      const displaced = newestBackground();
      if (displaced === undefined) return { kind: "refused" };
      remove(displaced);
      add(entry, place);
      return { kind: "displaced", entry: displaced };
    },

    shift() {
      const { interactive, background } = classes;
      const isBackgroundsTurn = interactive.size === 0 || (background.size > 0 && interactiveInARow >= 3);
      const entry = isBackgroundsTurn ? background.next() : interactive.next();
      if (entry === undefined) return undefined;
      interactiveInARow = isBackgroundsTurn ? 0 : interactiveInARow + 1;
      remove(entry);
      return entry;
    },

    remove,

    clear() {
      const entries = [...places.keys()];
      for (const entry of entries) remove(entry);
      return entries;
    },
  };

  function add(entry: T, place: Place): void {
    places.set(entry, place);
    classes[place.priority].add(entry, place.lane);
    if (place.priority === "background") arrivals.push(entry);
  }

  function remove(entry: T): boolean {
    const place = places.get(entry);
    if (place === undefined) return false;
    places.delete(entry);
    classes[place.priority].remove(entry, place.lane);
    // Those who left in turn stay in the list of arrivals; it is swept when they outnumber the others.
    if (arrivals.length > 2 * classes.background.size + 16)
      arrivals = arrivals.filter((one) => places.has(one));
    return true;
  }

  function newestBackground(): T | undefined {
    while (arrivals.length > 0) {
      const newest = arrivals.pop();
      if (newest !== undefined && places.has(newest)) return newest;
    }
    return undefined;
  }
}

/** Lanes that take turns. The order of the Map is the order of turns. */
interface Rotation<T> {
  readonly size: number;
  laneSize(lane: string): number;
  add(entry: T, lane: string): void;
  remove(entry: T, lane: string): void;
  /** Whose turn it is; its lane goes to the end. Does not take it out. */
  next(): T | undefined;
}

function createRotation<T>(): Rotation<T> {
  const lanes = new Map<string, Set<T>>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    laneSize: (lane) => lanes.get(lane)?.size ?? 0,
    add(entry, lane) {
      const waiting = lanes.get(lane);
      if (waiting === undefined) lanes.set(lane, new Set([entry]));
      else waiting.add(entry);
      size += 1;
    },
    remove(entry, lane) {
      const waiting = lanes.get(lane);
      if (waiting?.delete(entry) !== true) return;
      size -= 1;
      if (waiting.size === 0) lanes.delete(lane);
    },
    next() {
      for (const [lane, waiting] of lanes) {
        lanes.delete(lane);
        lanes.set(lane, waiting);
        for (const entry of waiting) return entry;
      }
      return undefined;
    },
  };
}
