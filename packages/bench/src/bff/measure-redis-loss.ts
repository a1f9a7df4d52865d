import { setTimeout as sleep } from "node:timers/promises";
import { startFaultProxy } from "@mailoo-chat/e2e/network/fault-proxy";
import { startRedis } from "@mailoo-chat/e2e/servers/start-redis";
import { percentile } from "../chaos/percentile.ts";
import { startBenchBff } from "./bench-target.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import type { Finding, MeasureOptions } from "./finding.ts";
import { issueSessions } from "./issue-sessions.ts";
import { submitTo } from "./submit-posts.ts";

const PER_SECOND = 50;
const SLOW_BY_MS = 500;
const CALM_MS = 3_000;
const FAULT_MS = 4_000;
const NORMAL_WITHIN_MS = 5_000;
/** The BFF waits 150 ms for Redis. */
const MAX_ADDED_MS = 175;

/** Visitors keep writing while Redis answers half a second late, and while it is down. */
export async function measureRedisLoss(_options: MeasureOptions): Promise<readonly Finding[]> {
  await using platform = await startConstantPlatform();
  const redis = await startRedis();
  await using _redis = redis;
  await using line = await startFaultProxy(redis.port);
  await using bff = await startBenchBff(platform.url, { REDIS_URL: `redis://127.0.0.1:${line.port}` });
  await using client = submitTo(bff.url, await issueSessions(500, "redis"));
  await client.postMany(2_000);
  using writing = beginWriting(() => client.post());
  const isShared = async () => {
    const { checks } = (await (await fetch(`${bff.url}/readyz`)).json()) as { checks: { redis?: string } };
    return checks.redis === "ok";
  };

  const calm = await writing.during(() => sleep(CALM_MS));
  // Half each way.
  await line.set({ name: "delay", delayMs: SLOW_BY_MS / 2 });
  const slow = await writing.during(() => sleep(FAULT_MS));
  await line.heal();
  const afterSlowMs = await untilTrue(isShared);
  const between = await writing.during(() => sleep(CALM_MS));
  await redis.kill("SIGKILL");
  const gone = await writing.during(() => sleep(FAULT_MS));
  await using _again = await startRedis(redis.port);
  const afterGoneMs = await untilTrue(isShared);
  const after = await writing.during(() => sleep(CALM_MS));

  // Compared with the slowest before: a busy machine always has slow requests.
  const slowest = ({ tookMs }: Course) => percentile(tookMs, 1);
  const normalMs = Math.max(slowest(calm), slowest(between), slowest(after));
  const addedBy = (course: Course) => Math.max(0, slowest(course) - normalMs);
  const reference = `the slowest otherwise: ${normalMs.toFixed(0)} ms`;
  const courses = [calm, slow, between, gone, after];
  return [
    {
      what: "Redis 500 ms slow, then killed: submits that failed",
      figure: courses.reduce((sum, { failed }) => sum + failed, 0) + writing.failedBetween(),
      unit: "",
      aim: 0,
      never: 0,
      reference: `of ${writing.sent()}`,
    },
    {
      what: "the most that a slow Redis adds to a submit",
      figure: addedBy(slow),
      unit: "ms",
      aim: MAX_ADDED_MS,
      never: null,
      reference,
    },
    {
      what: "the most that a killed Redis adds to a submit",
      figure: addedBy(gone),
      unit: "ms",
      aim: MAX_ADDED_MS,
      never: null,
      reference,
    },
    {
      what: "until Redis is used again: after it was slow, and after it was gone",
      figure: Math.max(afterSlowMs, afterGoneMs) / 1000,
      unit: "s",
      aim: NORMAL_WITHIN_MS / 1000,
      never: NORMAL_WITHIN_MS / 1000,
      reference: `${(afterSlowMs / 1000).toFixed(1)} s and ${(afterGoneMs / 1000).toFixed(1)} s`,
    },
  ];
}

interface Course {
  readonly tookMs: readonly number[];
  readonly failed: number;
}

/** Submits at a steady rate until it is disposed of, whatever the answers. */
function beginWriting(post: () => Promise<number>) {
  let tookMs: number[] = [];
  let failed = 0;
  let betweenFailed = 0;
  let sent = 0;
  const timer = setInterval(async () => {
    sent += 1;
    const startedAtMs = performance.now();
    const status = await post().catch(() => 0);
    if (status === 201) tookMs.push(performance.now() - startedAtMs);
    else failed += 1;
  }, 1000 / PER_SECOND);
  const take = (): Course => {
    const course = { tookMs, failed };
    tookMs = [];
    failed = 0;
    return course;
  };
  return {
    sent: () => sent,
    /** The submits that were answered during an action. */
    async during(something: () => Promise<unknown>): Promise<Course> {
      betweenFailed += take().failed;
      await something();
      return take();
    },
    failedBetween: () => betweenFailed + take().failed,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Milliseconds until a condition holds; NaN if it does not in time. */
async function untilTrue(condition: () => Promise<boolean>): Promise<number> {
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < 3 * NORMAL_WITHIN_MS) {
    if (await condition()) return performance.now() - startedAtMs;
    await sleep(50);
  }
  return Number.NaN;
}
