/** Two clocks: the time of day, and one for durations. */
export interface Clock {
  /** Epoch milliseconds. Steps when the system's clock is set. */
  epochMs(): number;
  /** Milliseconds from any start. Never steps. */
  steadyMs(): number;
}

export const systemClock: Clock = {
  epochMs: () => Date.now(),
  steadyMs: () => performance.now(),
};
