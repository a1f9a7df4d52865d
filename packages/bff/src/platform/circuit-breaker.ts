import type { Logger } from "pino";

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>;

export interface CircuitPass {
  readonly isProbe: boolean;
  /**
   * To be called once, when the call has ended.
   *
   * @param outcome `neutral`: the caller gave up, which is no evidence about the platform
   * @param reason describes a failure, for the log
   */
  release(outcome: "success" | "failure" | "neutral", reason?: string): void;
}

const MAX_FAILURES = 10;
const WINDOW_MS = 10_000;
/** The delay before a probe, after the circuit has opened or after a probe that has not ended. */
const PROBE_AFTER_MS = 2_000;

type State =
  /** The times of the failures since the last success, at most `MAX_FAILURES`. */
  | { readonly name: "closed"; readonly failedAtMs: readonly number[] }
  | { readonly name: "open"; readonly probeAtMs: number }
  | { readonly name: "half-open"; readonly probe: CircuitPass; readonly probeAtMs: number };

/**
 * Circuit breaker for all calls to the platform. After `MAX_FAILURES` failures in a row within `WINDOW_MS`, calls fail at
 * once; every `PROBE_AFTER_MS` one call may pass as a probe, until a probe succeeds. Only an outage is a failure
 * (unreachable, no answer, 5xx); a refusal is not.
 *
 * @param steadyMs milliseconds from an arbitrary start; never jumps
 */
export function createCircuitBreaker(steadyMs: () => number, logger: Pick<Logger, "error" | "info">) {
  let state: State = { name: "closed", failedAtMs: [] };

  const retryAfterMs = () => (state.name === "closed" ? 0 : Math.max(0, state.probeAtMs - steadyMs()));

  return {
    get state(): State["name"] {
      return state.name;
    },
    /** How long calls are refused for; 0: a call may pass. */
    retryAfterMs,
    /** Lets a call pass, as the probe if one is due; null if it is refused. */
    acquire(): CircuitPass | null {
      if (retryAfterMs() > 0) return null;
      if (state.name === "closed") return { isProbe: false, release: settleCall };
      const probe: CircuitPass = {
        isProbe: true,
        release: (outcome) => settleProbe(probe, outcome),
      };
      state = { name: "half-open", probe, probeAtMs: steadyMs() + PROBE_AFTER_MS };
      return probe;
    },
  };

  function settleCall(outcome: "success" | "failure" | "neutral", reason?: string): void {
    // Calls from before the circuit opened no longer count.
    if (state.name !== "closed" || outcome === "neutral") return;
    const nowMs = steadyMs();
    const failedAtMs = outcome === "success" ? [] : [...state.failedAtMs, nowMs].slice(-MAX_FAILURES);
    state = { name: "closed", failedAtMs };
    const [firstMs = nowMs] = failedAtMs;
    if (failedAtMs.length < MAX_FAILURES || nowMs - firstMs > WINDOW_MS) return;
    state = { name: "open", probeAtMs: nowMs + PROBE_AFTER_MS };
    logger.error(
      { reason },
      "the platform fails repeatedly: calls fail at once until a probe succeeds; run mailoo-chat-bff check",
    );
  }

  function settleProbe(probe: CircuitPass, outcome: "success" | "failure" | "neutral"): void {
    if (state.name === "closed") return;
    if (outcome === "success") {
      state = { name: "closed", failedAtMs: [] };
      logger.info("the platform answers again");
    } else if (state.name === "half-open" && state.probe === probe) {
      state = { name: "open", probeAtMs: steadyMs() + (outcome === "failure" ? PROBE_AFTER_MS : 0) };
    }
  }
}
