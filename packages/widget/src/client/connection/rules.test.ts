import { RECONNECT_SCHEDULE } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterLoss, type LossCause, type Standing, toProbeDelayMs, toTransports } from "./rules.ts";

const TRANSPORTS = toTransports({ ws: "/ws", longPollSeconds: 25 });

function follow(standing: Partial<Standing>, cause: LossCause, askedMs = 0, jitter = 0.5) {
  const whole: Standing = { transportIndex: 0, attempt: 1, proven: false, established: false, ...standing };
  const [transportIndex, inMs] = afterLoss(TRANSPORTS, whole, cause, askedMs, jitter);
  return { transport: TRANSPORTS[transportIndex], transportIndex, inMs };
}

describe("the rules of staying connected", () => {
  it("offer the server's transports, and always plain polls", () => {
    expect(TRANSPORTS).toEqual(["socket", "socket", "long-poll", "long-poll", "poll"]);
    expect(toTransports({ ws: null, longPollSeconds: 25 })).toEqual(["long-poll", "long-poll", "poll"]);
    expect(toTransports({ ws: "/ws", longPollSeconds: 0 })).toEqual(["socket", "socket", "poll"]);
    expect(toTransports({ ws: null, longPollSeconds: 0 })).toEqual(["poll"]);
  });

  it("try each transport twice, then switch to the next one without delay", () => {
    expect(follow({ transportIndex: 0 }, "refused")).toEqual({
      transport: "socket",
      transportIndex: 1,
      inMs: 500,
    });
    expect(follow({ transportIndex: 1, attempt: 2 }, "timeout")).toEqual({
      transport: "long-poll",
      transportIndex: 2,
      inMs: 0,
    });
    expect(follow({ transportIndex: 4, attempt: 5 }, "timeout")).toMatchObject({
      transport: "socket",
      transportIndex: 0,
    });
  });

  it("retry a transport that has worked once more before falling back", () => {
    expect(follow({ transportIndex: 0, proven: true, established: true }, "lost")).toMatchObject({
      transportIndex: 1,
    });
    expect(follow({ transportIndex: 1, proven: true, established: true }, "lost")).toMatchObject({
      transportIndex: 1,
    });
    expect(follow({ transportIndex: 1, established: true }, "lost")).toMatchObject({ transportIndex: 2 });
  });

  it("spread the first retry after a loss over the whole window", () => {
    const jitters = [0, 0.25, 0.5, 0.99];
    const waits = jitters.map(
      (jitter) => follow({ proven: true, established: true }, "lost", 0, jitter).inMs,
    );
    expect(waits).toEqual(jitters.map((jitter) => jitter * RECONNECT_SCHEDULE.baseMs));
    expect(RECONNECT_SCHEDULE.baseMs).toBeGreaterThanOrEqual(7_000);
  });

  it("keep the transport if the server is busy or asks for a reconnect, and never retry sooner than it asked", () => {
    const cause = fc.constantFrom<LossCause>("asked", "busy");
    const jitter = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(
        cause,
        fc.nat(4),
        fc.nat(50),
        fc.boolean(),
        fc.nat(60_000),
        jitter,
        (why, transportIndex, ...rest) => {
          const [attempt, established, askedMs, random] = rest;
          const next = follow({ transportIndex, attempt: attempt + 1, established }, why, askedMs, random);
          expect(next.transportIndex).toBe(transportIndex);
          expect(next.inMs).toBeGreaterThanOrEqual(askedMs);
          if (why === "busy" && !askedMs) expect(next.inMs).toBeGreaterThanOrEqual(10_000);
          expect(next.inMs).toBeLessThanOrEqual(askedMs + 70_000);
        },
      ),
    );
  });

  it("probe at growing intervals, and never in quick succession", () => {
    const delays = [0, 1, 2, 3, 20].map((probes) => toProbeDelayMs(probes, 0.999));
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(toProbeDelayMs(0, 0)).toBeGreaterThanOrEqual(5_000);
    expect(delays.at(-1)).toBeLessThanOrEqual(305_000);
  });
});
