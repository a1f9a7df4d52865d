import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type CircuitPass, createCircuitBreaker } from "./circuit-breaker.ts";

function createCircuit() {
  let nowMs = 0;
  const log = { error: vi.fn(), info: vi.fn() };
  const circuit = createCircuitBreaker(() => nowMs, log);
  const acquire = (): CircuitPass => {
    const pass = circuit.acquire();
    if (pass === null) throw new Error("the circuit refuses the call");
    return pass;
  };
  return {
    circuit,
    log,
    acquire,
    pass(ms: number) {
      nowMs += ms;
    },
    fail(times: number) {
      for (let i = 0; i < times; i += 1) acquire().release("failure", "server-error 502");
    },
  };
}

describe("the circuit breaker", () => {
  it("opens at the tenth failure in a row within ten seconds", () => {
    const { circuit, fail, log } = createCircuit();
    fail(9);
    expect(circuit.state).toBe("closed");
    fail(1);
    expect(circuit.state).toBe("open");
    expect(log.error.mock.lastCall?.[0]).toEqual({ reason: "server-error 502" });
  });

  it("stays closed if a success comes between", () => {
    const { circuit, acquire, fail } = createCircuit();
    fail(9);
    acquire().release("success");
    fail(9);
    expect(circuit.state).toBe("closed");
  });

  it("stays closed if the failures are spread over more than ten seconds", () => {
    const { circuit, fail, pass } = createCircuit();
    for (let i = 0; i < 100; i += 1) {
      fail(1);
      pass(1_112);
    }
    expect(circuit.state).toBe("closed");
  });

  it("does not count a call that its caller gave up", () => {
    const { circuit, acquire, fail } = createCircuit();
    fail(9);
    for (let i = 0; i < 20; i += 1) acquire().release("neutral");
    expect(circuit.state).toBe("closed");
    fail(1);
    expect(circuit.state).toBe("open");
  });

  it("refuses all calls while open, and returns the remaining time", () => {
    const { circuit, fail, pass } = createCircuit();
    fail(10);
    pass(500);
    expect(circuit.acquire()).toBeNull();
    expect(circuit.retryAfterMs()).toBe(1_500);
  });

  it("lets one probe pass after two seconds, and closes if it succeeds", () => {
    const { circuit, acquire, fail, log, pass } = createCircuit();
    fail(10);
    pass(2_000);
    const probe = acquire();
    expect(probe.isProbe).toBe(true);
    expect(circuit.state).toBe("half-open");
    expect(circuit.acquire()).toBeNull();
    probe.release("success");
    expect(circuit.state).toBe("closed");
    expect(acquire().isProbe).toBe(false);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it.each([
    { outcome: "failure", waitMs: 2_000 },
    { outcome: "neutral", waitMs: 0 },
  ] as const)(
    "lets the next probe pass $waitMs ms after one with outcome $outcome",
    ({ outcome, waitMs }) => {
      const { circuit, acquire, fail, pass } = createCircuit();
      fail(10);
      pass(2_000);
      const probe = acquire();
      pass(1_000);
      probe.release(outcome);
      expect(circuit.state).toBe("open");
      expect(circuit.retryAfterMs()).toBe(waitMs);
    },
  );

  it("sends another probe if one does not end, and closes if either succeeds", () => {
    const { circuit, acquire, fail, pass } = createCircuit();
    fail(10);
    pass(2_000);
    const first = acquire();
    pass(2_000);
    const second = acquire();
    first.release("failure");
    expect(circuit.state).toBe("half-open");
    second.release("success");
    expect(circuit.state).toBe("closed");
  });

  it("ignores calls from before it opened", () => {
    const { circuit, acquire, fail, pass } = createCircuit();
    const [early, earlier] = [acquire(), acquire()];
    fail(10);
    early.release("success");
    expect(circuit.state).toBe("open");
    pass(2_000);
    acquire();
    earlier.release("failure");
    expect(circuit.state).toBe("half-open");
  });

  it("lets a call pass at least every two seconds under any sequence of results", () => {
    const calls = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 5_000 }),
        outcome: fc.constantFrom("success", "failure", "failure", "failure", "neutral", "none"),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(calls, (history) => {
        const { circuit, fail, pass } = createCircuit();
        fail(10);
        for (const { afterMs, outcome } of history) {
          pass(afterMs);
          const call = circuit.acquire();
          if (outcome !== "none") call?.release(outcome);
        }
        pass(2_000);
        expect(circuit.acquire()).not.toBeNull();
      }),
    );
  });
});
