import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WebhookOutcome } from "../lib/telemetry.ts";
import { MailooError } from "../platform/errors.ts";
import type { HttpAnswer, HttpExchange } from "../platform/http.ts";
import { createWebhookDelivery } from "./deliver-webhooks.ts";
import type { WaitingLimits } from "./waiting-webhooks.ts";

type Answer = number | "no answer" | "hang" | readonly [number, string];

/** A receiver that answers by a script, and the delivery that posts to it. Its last answer stays. */
function start(script: readonly Answer[], limits?: WaitingLimits) {
  const left = [...script];
  const startedAtMs = Date.now();
  const posts: { readonly id: string; readonly atMs: number }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const exchange: HttpExchange = {
    async request({ headers }) {
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      posts.push({ id: headers["webhook-id"] ?? "", atMs: Date.now() - startedAtMs });
      const answer = (left.length > 1 ? left.shift() : left[0]) ?? 200;
      await Promise.resolve();
      if (answer === "hang") await new Promise(() => {});
      inFlight -= 1;
      if (answer === "no answer") throw new MailooError({ kind: "unreachable" });
      const [status, retryAfter = null] = [answer].flat() as [number, string?];
      return { status, retryAfter, text: "", truncated: false } satisfies HttpAnswer;
    },
    async close() {},
  };
  const settled: WebhookOutcome[] = [];
  const lines: string[] = [];
  const delivery = createWebhookDelivery({
    url: "https://receiver.example/hooks",
    proxy: null,
    secrets: [Buffer.alloc(32)],
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    telemetry: { webhookSettled: (outcome) => void settled.push(outcome) },
    exchange,
    clock: { epochMs: () => Date.now(), steadyMs: () => Date.now() },
    // No jitter.
    random: () => 0,
    ...(limits && { limits }),
  });
  return { delivery, posts, settled, lines, mostInFlight: () => mostInFlight };
}

describe("createWebhookDelivery", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("tries again with pauses that grow", async () => {
    const { delivery, posts, settled } = start(["no answer", 500, 503, 429, 200]);
    delivery.enqueue("a", "{}");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(posts.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(settled).toEqual(["retried", "retried", "retried", "retried", "delivered"]);
    expect(delivery.waiting).toBe(0);
  });

  it.each([
    ["in seconds", "120", 120_000],
    ["as a date", () => new Date(Date.now() + 90_000).toUTCString(), 90_000],
    ["of a week, but for an hour only", "604800", 3_600_000],
    ["of thousands of years, but for an hour only", "99999999999999", 3_600_000],
    ["that is no time, as if there were none", "soon", 1_000],
    ["that is negative, as if there were none", "-2030", 1_000],
    ["in the past, as if there were none", "Wed, 21 Oct 2015 07:28:00 GMT", 1_000],
  ])("waits as long as a Retry-After asks, %s", async (_how, value, expectedMs) => {
    vi.setSystemTime(Date.UTC(2026, 0, 1));
    const { delivery, posts } = start([[429, typeof value === "string" ? value : value()], 200]);
    delivery.enqueue("a", "{}");
    await vi.advanceTimersByTimeAsync(expectedMs - 1);
    delivery.enqueue("b", "{}");
    expect(posts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(posts).toHaveLength(3);
  });

  it("gives up what the receiver refuses, and goes on", async () => {
    const { delivery, posts, settled } = start([400, 404, 302, 200]);
    for (const id of ["a", "b", "c", "d"]) delivery.enqueue(id, "{}");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(posts).toHaveLength(4);
    expect(settled.toSorted()).toEqual(["delivered", "refused", "refused", "refused"]);
  });

  it("makes four attempts at a time, and one while the receiver fails, at most once a minute", async () => {
    const busy = start(["hang"]);
    for (let count = 0; count < 10; count++) busy.delivery.enqueue(`${count}`, "{}");
    await vi.advanceTimersByTimeAsync(1_000);
    expect([busy.mostInFlight(), busy.delivery.waiting]).toEqual([4, 10]);

    const down = start(["no answer"]);
    for (let count = 0; count < 1_000; count++) down.delivery.enqueue(`${count}`, "{}");
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(down.posts.length).toBeLessThan(4 + 6 + 61);
    expect(down.delivery.waiting).toBe(1_000);
    expect(down.lines).toHaveLength(1);
  });

  it("delivers all that waits once the receiver works again, and one that it never takes stops no other", async () => {
    const outage = Array.from({ length: 8 }, () => "no answer" as const);
    const { delivery, settled } = start([...outage, 200]);
    for (let count = 0; count < 500; count++) delivery.enqueue(`${count}`, "{}");
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(delivery.waiting).toBe(0);
    expect(settled.filter((outcome) => outcome === "delivered")).toHaveLength(500);
  });

  it("drops the oldest beyond its limits on count and bytes, and logs it once a minute", async () => {
    const { delivery, posts, settled, lines } = start(["no answer", 200], {
      maxCount: 100,
      maxBytes: 20_000,
    });
    for (let count = 0; count < 5_000; count++) delivery.enqueue(`${count}`, "{}");
    expect(delivery.waiting).toBe(100);
    for (let count = 0; count < 50; count++) delivery.enqueue(`large ${count}`, "x".repeat(1_000));
    // Four attempts are running.
    expect(delivery.waiting).toBe(4 + 9);
    delivery.enqueue("too large", "x".repeat(10_001));
    expect(delivery.waiting).toBe(4);
    for (let count = 0; count < 10; count++) delivery.enqueue(`last ${count}`, "{}");
    await vi.advanceTimersByTimeAsync(59_000);
    expect(posts.slice(-10).map(({ id }) => id)).toContain("last 9");
    expect(settled.filter((outcome) => outcome === "dropped")).toHaveLength(5_047);
    expect(lines.filter((line) => line.includes("the oldest are dropped"))).toHaveLength(1);
  });

  it("gives up a webhook after a day", async () => {
    const { delivery, settled } = start([503]);
    delivery.enqueue("a", "{}");
    await vi.advanceTimersByTimeAsync(25 * 3_600_000);
    expect(settled.at(-1)).toBe("expired");
    expect(delivery.waiting).toBe(0);
  });

  it("drains a receiver that is down for three attempts only", async () => {
    const { delivery, posts, lines } = start(["no answer"]);
    for (let count = 0; count < 100; count++) delivery.enqueue(`${count}`, "{}");
    await vi.advanceTimersByTimeAsync(10_000);
    const before = posts.length;
    let done = false;
    const drained = delivery.drain(8_000).then(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toBe(true);
    await drained;
    expect(posts.length - before).toBeLessThanOrEqual(6);
    await delivery.close();
    expect(lines.at(-1)).toContain('"webhooks":100');
    delivery.enqueue("after the end", "{}");
    expect(delivery.waiting).toBe(0);
  });
});
