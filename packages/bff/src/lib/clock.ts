/** Two clocks: one for people and other machines, one for measuring. */
export interface Clock {
  /** Epoch milliseconds. May step when the system's time is set. */
  epochMs(): number;
  /** Milliseconds from an arbitrary start. Never steps. */
  steadyMs(): number;
}

export const systemClock: Clock = {
  epochMs: () => Date.now(),
  steadyMs: () => performance.now(),
};
