import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  admit,
  type CallOutcome,
  CIRCUIT_RULES,
  type CircuitState,
  CLOSED_CIRCUIT,
  settle,
} from "./circuit-breaker.ts";

const { failures, withinMs, probeAfterMs } = CIRCUIT_RULES;

describe("the circuit", () => {
  it("opens at the tenth failure in a row within ten seconds", () => {
    expect(afterFailures(failures - 1).name).toBe("closed");
    expect(afterFailures(failures)).toEqual({ name: "open", probeAtMs: probeAfterMs });
  });

  it("stays closed where a success comes between", () => {
    let state = afterFailures(failures - 1);
    state = settle(state, { probe: null, outcome: "success" }, 0);
    expect(settle(state, { probe: null, outcome: "failure" }, 0).name).toBe("closed");
  });

  it("stays closed where the failures are spread over more time", () => {
    const everyMs = withinMs / (failures - 1) + 1;
    let state: CircuitState = CLOSED_CIRCUIT;
    for (let i = 0; i < 100; i += 1) {
      state = settle(state, { probe: null, outcome: "failure" }, i * everyMs);
      expect(state.name).toBe("closed");
    }
  });

  it("counts no call that its caller gave up", () => {
    let state = afterFailures(failures - 1);
    for (let i = 0; i < 20; i += 1) state = settle(state, { probe: null, outcome: "neutral" }, 0);
    expect(state.name).toBe("closed");
  });

  it("refuses all while open, and says for how long", () => {
    const [state, admission] = admit(afterFailures(failures), 500);
    expect(state.name).toBe("open");
    expect(admission).toEqual({ kind: "refused", retryAfterMs: probeAfterMs - 500 });
  });

  it("lets one probe through when it is due, and closes when that succeeds", () => {
    const [halfOpen, probe] = admit(afterFailures(failures), probeAfterMs);
    expect(probe).toEqual({ kind: "pass", probe: 1 });
    expect(admit(halfOpen, probeAfterMs)[1]).toEqual({ kind: "refused", retryAfterMs: probeAfterMs });
    expect(settle(halfOpen, { probe: 1, outcome: "success" }, probeAfterMs + 5)).toEqual(CLOSED_CIRCUIT);
  });

  it("opens again when the probe fails, and at once asks for another when it was given up", () => {
    const [halfOpen] = admit(afterFailures(failures), probeAfterMs);
    expect(settle(halfOpen, { probe: 1, outcome: "failure" }, 3_000)).toEqual({
      name: "open",
      probeAtMs: 5_000,
    });
    expect(settle(halfOpen, { probe: 1, outcome: "neutral" }, 3_000)).toEqual({
      name: "open",
      probeAtMs: 3_000,
    });
  });

  it("sends another probe when one hangs, and believes either", () => {
    const [halfOpen] = admit(afterFailures(failures), probeAfterMs);
    const [again, second] = admit(halfOpen, 2 * probeAfterMs);
    expect(second).toEqual({ kind: "pass", probe: 2 });
    expect(settle(again, { probe: 1, outcome: "failure" }, 2 * probeAfterMs)).toBe(again);
    expect(settle(again, { probe: 1, outcome: "success" }, 2 * probeAfterMs)).toEqual(CLOSED_CIRCUIT);
  });

  it("is not moved by calls from before it opened", () => {
    const open = afterFailures(failures);
    const [halfOpen] = admit(open, probeAfterMs);
    for (const outcome of ["success", "failure"] as const) {
      expect(settle(open, { probe: null, outcome }, 100)).toBe(open);
      expect(settle(halfOpen, { probe: null, outcome }, 100)).toBe(halfOpen);
    }
  });

  it("never keeps a platform that is back waiting for longer than a probe's interval", () => {
    const calls = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 5_000 }),
        outcome: fc.constantFrom<CallOutcome>("success", "failure", "failure", "failure", "neutral"),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(calls, (history) => {
        let state: CircuitState = afterFailures(failures);
        let nowMs = 0;
        for (const { afterMs, outcome } of history) {
          nowMs += afterMs;
          const [next, admission] = admit(state, nowMs);
          state = next;
          if (admission.kind === "pass") state = settle(state, { probe: admission.probe, outcome }, nowMs);
        }
        expect(admit(state, nowMs + probeAfterMs)[1].kind).toBe("pass");
      }),
    );
  });
});

function afterFailures(count: number): CircuitState {
  let state: CircuitState = CLOSED_CIRCUIT;
  for (let i = 0; i < count; i += 1) state = settle(state, { probe: null, outcome: "failure" }, 0);
  return state;
}
