import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";

/**
 * Spares a platform that is down, and those who would wait for it. A pure machine: closed lets everything through, open
 * nothing, half-open one probe at a time. Failures are those of the platform as a whole (unreachable, no answer, 5xx); a
 * refusal is an answer.
 */
export type CircuitState =
  | { readonly name: "closed"; readonly failedAtMs: readonly number[] }
  | { readonly name: "open"; readonly probeAtMs: number }
  | { readonly name: "half-open"; readonly probe: number; readonly nextProbeAtMs: number };

export interface CircuitRules {
  /** The circuit opens after this many failures in a row… @default 10 */
  readonly failures: number;
  /** …the first of which is at most this old. @default 10000 */
  readonly withinMs: number;
  /** A probe may follow this long after opening, and after a probe that has not come back. @default 2000 */
  readonly probeAfterMs: number;
}

export const CIRCUIT_RULES: CircuitRules = { failures: 10, withinMs: 10_000, probeAfterMs: 2_000 };

export const CLOSED_CIRCUIT: CircuitState = { name: "closed", failedAtMs: [] };

/** What a call may do. `probe` is to be handed back to `settle`; a call that is no probe has none. */
export type Admission =
  | { readonly kind: "pass"; readonly probe: number | null }
  | { readonly kind: "refused"; readonly retryAfterMs: number };

/** `neutral`: the call was given up by its caller, which says nothing of the platform. */
export type CallOutcome = "success" | "failure" | "neutral";

export function admit(state: CircuitState, nowMs: number, rules = CIRCUIT_RULES): [CircuitState, Admission] {
  switch (state.name) {
    case "closed":
      return [state, { kind: "pass", probe: null }];
    case "open":
      return nowMs < state.probeAtMs
        ? [state, { kind: "refused", retryAfterMs: state.probeAtMs - nowMs }]
        : sendProbe(1, nowMs, rules);
    case "half-open":
      return nowMs < state.nextProbeAtMs
        ? [state, { kind: "refused", retryAfterMs: state.nextProbeAtMs - nowMs }]
        : sendProbe(state.probe + 1, nowMs, rules);
    default:
      return assertNever(state);
  }
}

/** What `admit` would say, without taking the probe. */
export function peek(state: CircuitState, nowMs: number, rules = CIRCUIT_RULES): Admission {
  return admit(state, nowMs, rules)[1];
}

export function settle(
  state: CircuitState,
  call: { readonly probe: number | null; readonly outcome: CallOutcome },
  nowMs: number,
  rules = CIRCUIT_RULES,
): CircuitState {
  if (state.name === "closed")
    return call.probe === null ? settleClosed(state, call.outcome, nowMs, rules) : state;
  // Calls from before the circuit opened no longer count; any probe's success does, a late one's failure does not.
  if (call.probe === null || state.name === "open") return state;
  if (call.outcome === "success") return CLOSED_CIRCUIT;
  if (call.probe !== state.probe) return state;
  const waitMs = call.outcome === "failure" ? rules.probeAfterMs : 0;
  return { name: "open", probeAtMs: nowMs + waitMs };
}

function sendProbe(probe: number, nowMs: number, rules: CircuitRules): [CircuitState, Admission] {
  return [
    { name: "half-open", probe, nextProbeAtMs: nowMs + rules.probeAfterMs },
    { kind: "pass", probe },
  ];
}

function settleClosed(
  state: CircuitState & { name: "closed" },
  outcome: CallOutcome,
  nowMs: number,
  rules: CircuitRules,
): CircuitState {
  if (outcome === "neutral") return state;
  if (outcome === "success") return state.failedAtMs.length === 0 ? state : CLOSED_CIRCUIT;
  const failedAtMs = [...state.failedAtMs, nowMs].slice(-rules.failures);
  const [oldestMs = nowMs] = failedAtMs;
  if (failedAtMs.length < rules.failures || nowMs - oldestMs > rules.withinMs) {
    return { name: "closed", failedAtMs };
  }
  return { name: "open", probeAtMs: nowMs + rules.probeAfterMs };
}

/** The circuit breaker with its state, a clock, and a word in the log when it opens or closes. */
export interface Circuit {
  /** Takes the probe where one is due. */
  enter(): Admission;
  /**
   * Every call that entered leaves, with the probe that it was given.
   *
   * @param reason what a failure was, for the log
   */
  leave(probe: number | null, outcome: CallOutcome, reason?: string): void;
  /** What `enter` would say, without taking the probe. */
  peek(): Admission;
  readonly state: CircuitState["name"];
}

/** @param steadyMs milliseconds from any start; never steps */
export function createCircuit(steadyMs: () => number, logger: Logger): Circuit {
  let state: CircuitState = CLOSED_CIRCUIT;

  return {
    enter() {
      const [next, admission] = admit(state, steadyMs());
      change(next);
      return admission;
    },
    leave: (probe, outcome, reason) => change(settle(state, { probe, outcome }, steadyMs()), reason),
    peek: () => peek(state, steadyMs()),
    get state() {
      return state.name;
    },
  };

  function change(next: CircuitState, reason?: string): void {
    const before = state.name;
    state = next;
    if (before === "closed" && next.name === "open") {
      logger.error(
        { reason },
        "the platform fails again and again: calls fail fast until a probe succeeds; see what mailoo-chat-bff check says",
      );
    }
    if (before !== "closed" && next.name === "closed") logger.info("the platform is back");
  }
}
