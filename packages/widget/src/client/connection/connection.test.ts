import type { MessagePage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BffAnswer } from "../bff-request.ts";
import type { ConnectionState, EndReason, TransportName } from "../chat-client.ts";
import { createConnection, type TransportCallbacks } from "./connection.ts";
import { type LossCause, toTransports } from "./rules.ts";

const PAGE: MessagePage = { messages: [], cursor: "c1.1", more: false, truncated: false };

interface Dial {
  readonly transport: TransportName;
  readonly callbacks: TransportCallbacks;
}

/** A connection whose timer and connection attempts the test controls. */
function createRun(realtime = { ws: "/ws" as string | null, longPollSeconds: 25 }) {
  const dials: Dial[] = [];
  const received: ConnectionState[] = [];
  const checks: ((answer: BffAnswer<MessagePage>) => void)[] = [];
  let due: { readonly action: () => void; readonly inMs: number } | null = null;
  const browser = {
    setTimer(action: () => void, inMs?: number) {
      due = inMs === undefined ? null : { action, inMs };
    },
  };
  const reader = {
    read: () => new Promise<BffAnswer<MessagePage>>((resolve) => checks.push(resolve)),
    toPatienceMs: () => 10_000,
    stop: () => {},
  };
  const connection = createConnection(browser, reader, {
    toTransports: () => toTransports(realtime),
    dial: (transport, callbacks) => dials.push({ transport, callbacks }),
    deliver: () => {},
    onChange: (state) => received.push(state),
  });
  return {
    ...connection,
    dials,
    received,
    checks,
    get state(): ConnectionState {
      return received.at(-1) ?? { name: "idle" };
    },
    get dueInMs() {
      return due?.inMs ?? null;
    },
    get standing() {
      return dials.filter(({ callbacks }) => !callbacks.signal.aborted);
    },
    last(): TransportCallbacks {
      const dial = dials.at(-1);
      if (!dial) throw new Error("Nothing was dialled.");
      return dial.callbacks;
    },
    runTimer(): void {
      const timer = due;
      due = null;
      timer?.action();
    },
  };
}

describe("the connection", () => {
  it("tries two sockets and then polls, without delay before a different transport", () => {
    const run = createRun();
    run.connect(false);
    expect(run.state).toEqual({ name: "connecting", transport: "socket", attempt: 1 });
    run.last().lose("refused");
    expect(run.state).toMatchObject({
      name: "waiting",
      attempt: 1,
      cause: "refused",
      retryInMs: run.dueInMs,
    });
    run.runTimer();
    expect(run.state).toEqual({ name: "connecting", transport: "socket", attempt: 2 });
    run.last().lose("timeout");
    expect(run.state).toEqual({ name: "connecting", transport: "long-poll", attempt: 3 });
    run.last().deliver(PAGE);
    expect(run.state).toEqual({ name: "online", transport: "long-poll" });
    expect(run.dueInMs).toBeGreaterThan(0);
    expect(run.standing).toHaveLength(1);
  });

  it("never probes for a socket that the server does not offer", () => {
    const run = createRun({ ws: null, longPollSeconds: 25 });
    run.connect(false);
    run.last().deliver(PAGE);
    expect(run.state).toEqual({ name: "online", transport: "long-poll" });
    expect(run.dueInMs).toBeNull();
  });

  it("ignores events from an ended connection attempt", () => {
    const run = createRun();
    run.connect(false);
    const old = run.last();
    old.lose("refused");
    run.runTimer();
    const before = run.received.length;
    old.deliver(PAGE);
    old.prove();
    old.lose("lost");
    old.lose("lost", 0, "session-closed");
    expect(run.received).toHaveLength(before);
    expect(old.signal.aborted).toBe(true);
  });

  it("resets the attempt count once a connection has been stable, not as soon as it is online", () => {
    const run = createRun();
    run.connect(false);
    for (const attempt of [1, 2]) {
      run.last().deliver(PAGE);
      run.last().lose("lost");
      expect(run.state).toMatchObject({ name: "waiting", attempt });
      run.runTimer();
    }
    run.last().deliver(PAGE);
    run.last().prove();
    run.last().lose("lost");
    expect(run.state).toMatchObject({ name: "waiting", attempt: 1 });
  });

  it("switches to a probe only after the probe has delivered", () => {
    const run = createRun();
    run.connect(false);
    run.last().lose("refused");
    run.runTimer();
    run.last().lose("refused");
    const poll = run.last();
    poll.deliver(PAGE);
    run.runTimer();
    expect(run.dials.at(-1)?.transport).toBe("socket");
    run.last().lose("refused");
    expect(run.state).toEqual({ name: "online", transport: "long-poll" });
    run.runTimer();
    run.last().deliver(PAGE);
    expect(run.state).toEqual({ name: "online", transport: "socket" });
    expect(poll.signal.aborted).toBe(true);
    expect(run.dueInMs).toBeNull();

    // A socket that closes at once returns the client to its previous transport.
    run.last().lose("lost");
    run.runTimer();
    expect(run.state).toMatchObject({ name: "connecting", transport: "long-poll" });
  });

  it("retries a refused token once and ends on the second refusal", () => {
    const run = createRun();
    run.connect(false);
    run.last().lose("lost", 0, "token-rejected");
    expect(run.state).toMatchObject({ name: "connecting" });
    run.last().lose("lost", 0, "token-rejected");
    expect(run.state).toEqual({ name: "ended", reason: "token-rejected" });
    run.connect(true);
    expect(run.state).toEqual({ name: "ended", reason: "token-rejected" });
  });

  it("drops a suspect socket that does not answer and keeps one that does", async () => {
    const run = createRun();
    run.connect(false);
    run.last().deliver(PAGE);
    run.connect(true);
    run.checks.pop()?.({ body: PAGE });
    await Promise.resolve();
    expect(run.state).toEqual({ name: "online", transport: "socket" });
    run.connect(true);
    run.checks.pop()?.({ code: "network", afterMs: 0, passing: true, challenge: undefined, fields: [] });
    await Promise.resolve();
    expect(run.state).toMatchObject({ name: "waiting", cause: "silence" });
  });

  it("always has a timer pending unless idle or ended, and never more than one connection and one probe", () => {
    type Act = (run: ReturnType<typeof createRun>, callbacks: TransportCallbacks) => void;
    const lose = (cause: LossCause, afterMs?: number, end?: EndReason): Act => {
      return (_, callbacks) => callbacks.lose(cause, afterMs, end);
    };
    const act = fc.constantFrom<Act>(
      (run) => run.connect(false),
      (run) => run.connect(true),
      (run) => run.stop(),
      (run) => run.lose("offline"),
      (run) => run.runTimer(),
      (_, callbacks) => callbacks.deliver(PAGE),
      (_, callbacks) => callbacks.prove(),
      lose("lost"),
      lose("refused"),
      lose("timeout"),
      lose("asked", 3_000),
      lose("busy"),
      lose("lost", 0, "token-rejected"),
      lose("lost", 0, "session-closed"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(act, fc.nat(3)), { maxLength: 60 }), (acts) => {
        const run = createRun();
        run.connect(false);
        for (const [does, back] of acts) {
          const { callbacks } = run.dials.at(-1 - back) ?? { callbacks: run.last() };
          does(run, callbacks);
          const { state, standing, dueInMs } = run;
          const isPolling = state.name === "online" && state.transport !== "socket";
          const [main, ...probes] = standing;
          expect(!!main).toBe(state.name === "connecting" || state.name === "online");
          expect(probes.length).toBeLessThanOrEqual(isPolling ? 1 : 0);
          for (const { transport } of probes) expect(transport).toBe("socket");
          if (state.name === "waiting") expect(dueInMs).toBe(state.retryInMs);
          if (state.name === "offline") expect(dueInMs).not.toBeNull();
          if (state.name === "connecting" || state.name === "ended") expect(dueInMs).toBeNull();
          // While the client polls, a socket probe is either running or scheduled.
          if (isPolling) expect(probes.length > 0 || dueInMs !== null).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
