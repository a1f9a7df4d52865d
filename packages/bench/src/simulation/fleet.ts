/** What becomes of a dial that reaches the fleet. */
export type Reception =
  | { readonly kind: "down" }
  /** Turned away, as by event-loop-lag shedding: 1013, or 503. */
  | { readonly kind: "busy" }
  | { readonly kind: "ready"; readonly atMs: number };

export interface FleetOptions {
  readonly downUntilMs: number;
  /** `ready` frames that all replicas together can give in a second. */
  readonly handshakesPerSecond: number;
  /** A dial that would have to wait longer is turned away. */
  readonly shedAfterMs: number;
}

/** All replicas as one queue with one rate: the kindest a balancer without stickiness can be, and close to it. */
export function createFleet(options: FleetOptions): (nowMs: number) => Reception {
  const { downUntilMs, handshakesPerSecond, shedAfterMs } = options;
  let freeAtMs = downUntilMs;
  return (nowMs) => {
    if (nowMs < downUntilMs) return { kind: "down" };
    const startsAtMs = Math.max(freeAtMs, nowMs);
    if (startsAtMs - nowMs > shedAfterMs) return { kind: "busy" };
    freeAtMs = startsAtMs + 1000 / handshakesPerSecond;
    return { kind: "ready", atMs: freeAtMs };
  };
}
