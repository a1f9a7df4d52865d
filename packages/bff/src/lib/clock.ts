/** The time of day, and a steady clock for durations. */
export interface Clock {
  /** Epoch milliseconds. Jumps when the system clock is set. */
  epochMs(): number;
  /** Milliseconds from an arbitrary start. Never jumps. */
  steadyMs(): number;
}

export const systemClock: Clock = {
  epochMs: () => Date.now(),
  steadyMs: () => performance.now(),
};
