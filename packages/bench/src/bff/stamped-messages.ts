import type { WebSocket } from "ws";

/** A text with the time of writing, by this process's clock. */
export function stampNow(): string {
  return `@${performance.now().toFixed(3)}@`;
}

export interface Arrivals {
  /** Of each stamped message at each subscriber, in the order of arrival. */
  readonly latenciesMs: number[];
  stop(): void;
}

/** Records the latency of stamped messages. */
export function watchArrivals(readers: readonly WebSocket[]): Arrivals {
  const latenciesMs: number[] = [];
  const note = (data: unknown) => {
    const stamp = /@(\d+\.\d+)@/.exec(String(data))?.[1];
    if (stamp !== undefined) latenciesMs.push(performance.now() - Number(stamp));
  };
  for (const reader of readers) reader.on("message", note);
  return {
    latenciesMs,
    stop() {
      for (const reader of readers) reader.off("message", note);
    },
  };
}
