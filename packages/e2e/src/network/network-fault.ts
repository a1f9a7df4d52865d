/** A network fault between a client and a server. */
export type NetworkFault =
  | { readonly name: "none" }
  /** Nobody listens. Open connections are cut. */
  | { readonly name: "refuse" }
  /** New connections are reset as soon as they are made. Open ones are cut. */
  | { readonly name: "reset" }
  /** Bytes of one or both directions are held back until healed. */
  | { readonly name: "blackhole"; readonly direction: Direction | "both" }
  /** Every chunk is delayed, each way. */
  | { readonly name: "delay"; readonly delayMs: number }
  /**
   * A slow line, as of 2.5G: all connections share its bytes a second, each way, every packet takes half a round trip, and a
   * new connection takes one round trip more.
   */
  | { readonly name: "slow-line"; readonly roundTripMs: number; readonly bytesPerSecond: number }
  /** At most so many bytes a second, each way and connection. */
  | { readonly name: "throttle"; readonly bytesPerSecond: number }
  /** A connection that is quiet for so long is reset, as by a careless load balancer. */
  | { readonly name: "idle-kill"; readonly afterMs: number }
  /** WebSocket upgrades fail, requests pass: answered 403, never answered, or closed. */
  | { readonly name: "no-upgrades"; readonly how: "refuse" | "hang" | "close" };

export type Direction = "to-client" | "to-server";
