import { RECONNECT_SCHEDULE } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ConnectionEffects,
  type ConnectionEvent,
  INITIAL_MACHINE,
  type Machine,
  type TransportSignal,
  transition,
} from "./connection-machine.ts";

/** Runs events through the machine, and remembers what a driver would have in hand. */
function createRun() {
  let machine: Machine = INITIAL_MACHINE;
  let timerMs: number | null = null;
  let effects: ConnectionEffects = {};
  return {
    get machine() {
      return machine;
    },
    get timerMs() {
      return timerMs;
    },
    get effects() {
      return effects;
    },
    tell(event: ConnectionEvent, jitter = 0.5) {
      if (event.type === "due") timerMs = null;
      [machine, effects] = transition(machine, event, jitter);
      if (effects.timerMs !== undefined) timerMs = effects.timerMs;
      return machine.connection;
    },
    /** The main dial says so. */
    main(event: TransportSignal, jitter?: number) {
      return this.tell({ ...event, dial: machine.main }, jitter);
    },
  };
}

describe("the connection machine", () => {
  it("dials two sockets and then polls, at once where another transport is next", () => {
    const run = createRun();
    expect(run.tell({ type: "start" })).toEqual({ name: "connecting", transport: "socket", attempt: 1 });
    expect(run.main({ type: "lost", cause: "refused" })).toMatchObject({ name: "waiting", retryInMs: 500 });
    expect(run.tell({ type: "due" })).toMatchObject({ name: "connecting", transport: "socket", attempt: 2 });
    expect(run.main({ type: "lost", cause: "timeout" })).toMatchObject({
      name: "connecting",
      transport: "long-poll",
    });
    expect(run.main({ type: "ready" })).toEqual({ name: "online", transport: "long-poll" });
    expect(run.timerMs).toBeGreaterThan(0);
  });

  it("skips what the server does not offer", () => {
    const run = createRun();
    run.tell({ type: "start" });
    expect(run.main({ type: "lost", cause: "unavailable" })).toMatchObject({
      transport: "long-poll",
      attempt: 1,
    });
    expect(run.main({ type: "lost", cause: "unavailable" })).toMatchObject({ transport: "poll", attempt: 1 });
  });

  it("hears nothing of a dial that is over", () => {
    const run = createRun();
    run.tell({ type: "start" });
    const old = run.machine.main;
    run.main({ type: "lost", cause: "refused" });
    run.tell({ type: "due" });
    const before = run.machine;
    for (const type of ["ready", "proven"] as const) run.tell({ type, dial: old });
    run.tell({ type: "lost", cause: "lost", dial: old });
    run.tell({ type: "ended", reason: "session-closed", dial: old });
    expect(run.machine).toBe(before);
  });

  it("counts attempts until a connection has held, not until it is ready", () => {
    const run = createRun();
    run.tell({ type: "start" });
    for (const attempt of [1, 2]) {
      run.main({ type: "ready" });
      run.main({ type: "lost", cause: "lost" });
      expect(run.machine.attempt).toBe(attempt);
      run.tell({ type: "due" });
    }
    run.main({ type: "ready" });
    run.main({ type: "proven" });
    expect(run.machine.attempt).toBe(0);
  });

  it("spreads the first retry after a loss over the whole window", () => {
    const waits = [0, 0.25, 0.5, 0.99].map((jitter) => {
      const run = createRun();
      run.tell({ type: "start" });
      run.main({ type: "ready" });
      run.main({ type: "proven" });
      run.main({ type: "lost", cause: "lost" }, jitter);
      return run.timerMs;
    });
    expect(waits).toEqual([0, 0.25, 0.5, 0.99].map((jitter) => jitter * RECONNECT_SCHEDULE.baseMs));
    expect(RECONNECT_SCHEDULE.baseMs).toBeGreaterThanOrEqual(7_000);
  });

  it("lets a probe take over only when it is ready", () => {
    const run = createRun();
    run.tell({ type: "start" });
    run.main({ type: "lost", cause: "unavailable" });
    run.main({ type: "ready" });
    run.tell({ type: "due" });
    const { main, probe } = run.machine;
    expect(run.effects.dial).toBe("socket");
    run.tell({ type: "lost", cause: "refused", dial: probe });
    expect(run.machine).toMatchObject({ main, probe: 0, connection: { transport: "long-poll" } });
    run.tell({ type: "due" });
    const next = run.machine.probe;
    expect(run.tell({ type: "ready", dial: next })).toEqual({ name: "online", transport: "socket" });
    expect(run.machine).toMatchObject({ main: next, probe: 0, rung: 0 });
    expect(run.timerMs).toBeNull();
  });

  it("never rests without a timer unless it is idle or ended, and never dials out of turn", () => {
    const events = fc.array(
      fc.oneof(
        fc.constantFrom<ConnectionEvent>(
          { type: "start" },
          { type: "stop" },
          { type: "due" },
          { type: "wake", suspect: true },
          { type: "wake", suspect: false },
          { type: "offline" },
        ),
        fc.record({
          back: fc.nat(3),
          signal: fc.constantFrom(
            { type: "ready" as const },
            { type: "proven" as const },
            { type: "lost" as const, cause: "lost" as const },
            { type: "lost" as const, cause: "refused" as const },
            { type: "lost" as const, cause: "timeout" as const },
            { type: "lost" as const, cause: "unavailable" as const },
            { type: "lost" as const, cause: "asked" as const, afterMs: 3_000 },
            { type: "lost" as const, cause: "busy" as const, afterMs: 0 },
            { type: "ended" as const, reason: "token-rejected" as const },
          ),
        }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(events, fc.double({ min: 0, max: 0.999, noNaN: true }), (told, jitter) => {
        const run = createRun();
        for (const event of told) {
          const before = run.machine;
          const hadTimer = run.timerMs !== null;
          if ("signal" in event)
            run.tell({ ...event.signal, dial: Math.max(1, before.dials - event.back) }, jitter);
          else if (event.type === "due" && !hadTimer) continue;
          else run.tell(event, jitter);

          const { connection, main, probe, dials, rung } = run.machine;
          const live = connection.name === "connecting" || connection.name === "online";
          expect(main > 0).toBe(live);
          expect(probe === 0 || (connection.name === "online" && connection.transport !== "socket")).toBe(
            true,
          );
          expect(dials - before.dials).toBe(run.effects.dial ? 1 : 0);
          expect(rung).toBeGreaterThanOrEqual(0);
          expect(rung).toBeLessThan(5);
          if (connection.name === "waiting" || connection.name === "offline")
            expect(run.timerMs).not.toBeNull();
          if (connection.name === "connecting" || connection.name === "ended") expect(run.timerMs).toBeNull();
          if (connection.name === "waiting") expect(run.timerMs).toBe(connection.retryInMs);
          // While it polls, a socket is either on its way or will be tried.
          if (connection.name === "online" && connection.transport !== "socket") {
            expect(probe > 0 || run.timerMs !== null).toBe(true);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
