/** Runs the tasks of one key one after the other, those of different keys side by side. */
export interface ScopeQueue {
  /** Runs `task` after all earlier ones of its key. Null: too many wait already, the task will not run. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> | null;
}

export function createScopeQueue(maxPerKey: number): ScopeQueue {
  const lanes = new Map<string, Lane>();

  return {
    run(key, task) {
      const lane = lanes.get(key) ?? { waiting: 0, last: null };
      if (lane.waiting >= maxPerKey) return null;
      lane.waiting += 1;
      lanes.set(key, lane);
      const leave = () => {
        lane.waiting -= 1;
        if (lane.waiting === 0) lanes.delete(key);
      };
      const done = lane.last?.then(task) ?? task();
      lane.last = done.then(leave, leave);
      return done;
    },
  };
}

interface Lane {
  /** The running one included. */
  waiting: number;
  /** Never rejects. Null: nothing has run yet. */
  last: Promise<void> | null;
}
