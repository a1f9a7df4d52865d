import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type BudgetClaim,
  createUpstreamBudget,
  fullBucket,
  type Release,
  refill,
  untilTokens,
} from "./budget.ts";
import { MailooError, type MailooFailure } from "./errors.ts";

const OPTIONS = {
  rate: { count: 2, seconds: 1 },
  maxInFlight: 100,
  maxQueue: 100,
  now: () => performance.now(),
};

describe("the upstream budget", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("grants one window at once and the rest at its rate", async () => {
    const budget = createUpstreamBudget(OPTIONS);
    const granted = watch(["a", "b", "c", "d"].map((lane) => budget.acquire(claim({ lane }))));
    expect(await granted.count()).toBe(2);
    expect(await granted.countAfter(499)).toBe(2);
    expect(await granted.countAfter(1)).toBe(3);
    expect(await granted.countAfter(500)).toBe(4);
  });

  it("never has more requests in flight than it may", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: null, maxInFlight: 2 });
    const granted = watch(["a", "b", "c"].map((lane) => budget.acquire(claim({ lane }))));
    expect(await granted.countAfter(1_000)).toBe(2);
    granted.release();
    expect(await granted.count()).toBe(3);
    expect(budget.size).toEqual({ waiting: 0, inFlight: 2 });
  });

  it("serves every other session while one floods", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 10, seconds: 1 } });
    const waits: number[] = [];
    const request = async (lane: string, priority: BudgetClaim["priority"]) => {
      const startedAtMs = performance.now();
      const release = await budget.acquire(claim({ lane, priority, maxWaitMs: 5_000 })).catch(() => null);
      if (lane !== "flood")
        waits.push(release === null ? Number.POSITIVE_INFINITY : performance.now() - startedAtMs);
      release?.();
    };
    // One session asks 100 times a second, three others once a second: together 10 times what the rate allows.
    for (let tick = 0; tick < 1_000; tick += 1) {
      void request("flood", "interactive");
      if (tick % 100 === 0) {
        for (const lane of ["a", "b"]) void request(lane, "interactive");
        void request("polled", "background");
      }
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(waits).toHaveLength(30);
    expect(Math.max(...waits)).toBeLessThan(1_000);
  });

  it("queues new requests while others wait", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 1, seconds: 1 } });
    const order: string[] = [];
    const come = (lane: string, priority: BudgetClaim["priority"] = "interactive") =>
      void budget.acquire(claim({ lane, priority })).then((release) => {
        order.push(lane);
        release();
      });
    for (const lane of ["first", "crowd", "crowd", "crowd", "alone"]) come(lane);
    come("poll", "background");
    await vi.advanceTimersByTimeAsync(6_000);
    expect(order).toEqual(["first", "crowd", "alone", "crowd", "poll", "crowd"]);
  });

  it("refuses a request that waits too long, and returns when to retry", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 1, seconds: 100 } });
    await budget.acquire(claim());
    const refused = refusalOf(budget.acquire(claim({ maxWaitMs: 3_000 })));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await refused).toMatchObject({ kind: "over-budget", retryAfterMs: 60_000 });
    expect(budget.size.waiting).toBe(0);
  });

  it("removes a request whose caller gives up", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 1, seconds: 1 } });
    await budget.acquire(claim());
    const caller = new AbortController();
    const refused = refusalOf(budget.acquire(claim({ signal: caller.signal })));
    caller.abort();
    expect(await refused).toMatchObject({ kind: "unreachable" });
    expect(await refusalOf(budget.acquire(claim({ signal: caller.signal })))).toMatchObject({
      kind: "unreachable",
    });
    expect(budget.size.waiting).toBe(0);
  });

  it("refuses when the queue is full", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 1, seconds: 1 }, maxQueue: 1 });
    await budget.acquire(claim());
    const granted = watch([budget.acquire(claim())]);
    expect(await refusalOf(budget.acquire(claim()))).toMatchObject({ kind: "over-budget" });
    expect(await granted.countAfter(1_000)).toBe(1);
  });

  it("reports as over budget only what the limits have refused", async () => {
    let reported = 0;
    const onOverBudget = () => {
      reported += 1;
    };
    const rate = { count: 1, seconds: 100 };
    const budget = createUpstreamBudget({ ...OPTIONS, rate, maxQueue: 3, onOverBudget });
    await budget.acquire(claim());
    const caller = new AbortController();
    const refused = [
      budget.acquire(claim({ signal: caller.signal })),
      budget.acquire(claim({ lane: "b", maxWaitMs: 10 })),
      budget.acquire(claim({ lane: "c" })),
      budget.acquire(claim({ lane: "d" })),
    ].map(refusalOf);
    caller.abort();
    await vi.advanceTimersByTimeAsync(10);
    budget.close();
    const kinds = (await Promise.all(refused)).map(({ kind }) => kind);
    expect(kinds).toEqual(["unreachable", "over-budget", "unreachable", "over-budget"]);
    expect(reported).toBe(2);
  });

  it("refuses all requests when closed, and leaves no timer behind", async () => {
    const budget = createUpstreamBudget({ ...OPTIONS, rate: { count: 1, seconds: 1 } });
    await budget.acquire(claim());
    const waiting = refusalOf(budget.acquire(claim()));
    budget.close();
    expect(await waiting).toMatchObject({ kind: "unreachable" });
    expect(await refusalOf(budget.acquire(claim()))).toMatchObject({ kind: "unreachable" });
    expect(vi.getTimerCount()).toBe(0);
  });
});

const BUCKET_RATE = { count: 50, seconds: 10 };

describe("a token bucket", () => {
  it("starts full", () => {
    expect(fullBucket(BUCKET_RATE, 5)).toEqual({ tokens: 50, atMs: 5 });
  });

  it("fills evenly and no further than full", () => {
    const empty = { tokens: 0, atMs: 1_000 };
    expect(refill(empty, BUCKET_RATE, 1_200)).toEqual({ tokens: 1, atMs: 1_200 });
    expect(refill(empty, BUCKET_RATE, 100_000).tokens).toBe(50);
  });

  it("returns the time until it holds enough tokens", () => {
    expect(untilTokens({ tokens: 0.5, atMs: 0 }, BUCKET_RATE, 1)).toBe(100);
    expect(untilTokens({ tokens: 3, atMs: 0 }, BUCKET_RATE, 1)).toBe(0);
  });
});

function claim(over: Partial<BudgetClaim> = {}): BudgetClaim {
  return { lane: "a", priority: "interactive", maxWaitMs: 60_000, ...over };
}

async function refusalOf(acquired: Promise<Release>): Promise<MailooFailure> {
  const outcome = await acquired.catch((error: unknown) => error);
  if (outcome instanceof MailooError) return outcome.failure;
  throw new Error("expected a refusal");
}

function watch(acquired: readonly Promise<Release>[]) {
  const releases: Release[] = [];
  let count = 0;
  for (const one of acquired) {
    void one.then((release) => {
      count += 1;
      releases.push(release);
    });
  }
  const countAfter = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    return count;
  };
  return { count: () => countAfter(0), countAfter, release: () => releases.shift()?.() };
}
