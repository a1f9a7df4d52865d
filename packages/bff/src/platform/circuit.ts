import type { Logger } from "pino";
import {
  type Admission,
  admit,
  type CallOutcome,
  type CircuitState,
  CLOSED_CIRCUIT,
  peek,
  settle,
} from "./circuit-breaker.ts";

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
