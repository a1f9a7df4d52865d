import type { Telemetry } from "../lib/telemetry.ts";
import type { Release, UpstreamBudget } from "./budget.ts";
import type { Circuit } from "./circuit.ts";
import { MailooError } from "./errors.ts";

/** Who may dial a visitor socket when. A turn is released when the dial has come to its end. */
export interface DialTurns {
  /** A turn at once, or null where there is none. */
  tryTake(): Release | null;
  /** Rejects where there will be none. */
  take(sessionPublicId: string, signal: AbortSignal): Promise<Release>;
}

export interface DialTurnsOptions {
  readonly budget: UpstreamBudget;
  readonly circuit: Pick<Circuit, "peek">;
  readonly maxWaitMs: number;
  readonly telemetry: Telemetry;
}

/** A dial is a read of the background, since the history serves whoever waits for an answer. A platform that is down is not dialled. */
export function createDialTurns({ budget, circuit, maxWaitMs, telemetry }: DialTurnsOptions): DialTurns {
  const mayDial = () => circuit.peek().kind === "pass";
  return {
    tryTake: () => (mayDial() ? budget.tryAcquire() : null),

    async take(sessionPublicId, signal) {
      if (!mayDial()) throw new MailooError({ kind: "unreachable" });
      try {
        return await budget.acquire({ lane: sessionPublicId, priority: "background", maxWaitMs, signal });
      } catch (error) {
        if (!signal.aborted) telemetry.limitHit("upstream-reads");
        throw error;
      }
    },
  };
}
