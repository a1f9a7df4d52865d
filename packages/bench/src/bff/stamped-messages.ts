import type { WebSocket } from "ws";

/** A text that says when it was written, by this process's clock. */
export function stampNow(): string {
  return `@${performance.now().toFixed(3)}@`;
}

export interface Arrivals {
  /** Of each stamped message at each reader, in the order of arrival. */
  readonly latenciesMs: number[];
  stop(): void;
}

/** Notes how long stamped messages were on their way. */
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
