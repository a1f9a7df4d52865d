import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import {
  createRedis,
  createRedisLink,
  RedisAwayError,
  type RedisLinkOptions,
} from "../src/redis/redis-link.ts";
import { startRedis } from "./support/redis.ts";
import { openSlowLine } from "./support/slow-line.ts";

function openLink(url: string, options: Partial<RedisLinkOptions> = {}) {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const link = createRedisLink({ redis: createRedis(url), logger, probeEveryMs: 50, ...options });
  return {
    ...link,
    get health() {
      return link.health;
    },
    /** Of the level `error`. */
    get loudLines() {
      return lines.filter(({ level }) => level === 50).map(({ msg }) => msg);
    },
    here: () => vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 10 }),
    [Symbol.dispose]: link.close,
  };
}

async function timed<T>(work: Promise<T>): Promise<{ result: PromiseSettledResult<T>; tookMs: number }> {
  const startedAtMs = performance.now();
  const [result] = await Promise.allSettled([work]);
  return { result, tookMs: performance.now() - startedAtMs };
}

describe("a link to Redis", () => {
  it("runs commands that were given before its first connection, once it is connected", async () => {
    await using redis = await startRedis();
    // Patient, so that a busy machine does not look like a Redis that is away.
    using link = openLink(redis.url, { replyMs: 4_000, probeEveryMs: 4_000 });
    expect(link.health).toBe("degraded");
    expect(await link.run((client) => client.ping())).toBe("PONG");
    expect(link.health).toBe("ok");
    expect(link.loudLines).toEqual([]);
  });

  it("does not let a command wait longer than the first connection may take", async () => {
    await using redis = await startRedis();
    await using line = await openSlowLine(Number(new URL(redis.url).port));
    line.delayMs = 60_000;
    const links = [openLink("redis://127.0.0.1:1"), openLink(`redis://127.0.0.1:${line.port}`)];
    for (const link of links) {
      const { result, tookMs } = await timed(link.run((client) => client.ping()));
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(RedisAwayError) });
      expect(tookMs).toBeLessThan(2_000);
      link.close();
    }
  });

  it("without Redis is degraded, logs it once, and finds Redis when it starts", async () => {
    await using redis = await startRedis();
    await redis.kill();
    using link = openLink(redis.url);
    await vi.waitFor(() => expect(link.loudLines).toHaveLength(1));
    expect(link.health).toBe("degraded");
    await redis.restart();
    await link.here();
    expect(link.loudLines).toHaveLength(1);
  });

  it("that grows slow costs one wait, and is back soon after it is quick again", async () => {
    await using redis = await startRedis();
    await using line = await openSlowLine(Number(new URL(redis.url).port));
    using link = openLink(`redis://127.0.0.1:${line.port}`);
    await link.here();
    line.delayMs = 3_000;
    const first = await timed(link.run((client) => client.get("x")));
    expect(first.result.status).toBe("rejected");
    expect(first.tookMs).toBeGreaterThanOrEqual(149);
    expect(first.tookMs).toBeLessThan(1_000);
    const next = await timed(
      Promise.allSettled(Array.from({ length: 100 }, () => link.run((c) => c.get("x")))),
    );
    expect(next.tookMs).toBeLessThan(500);
    line.delayMs = 0;
    await link.here();
    expect(await link.run((client) => client.get("x"))).toBeNull();
  });

  it("is not used again before all listeners have finished", async () => {
    await using redis = await startRedis();
    using link = openLink(redis.url);
    let fails = 2;
    const caughtUp: string[] = [];
    link.onReturn(async (run) => {
      expect(link.health).toBe("degraded");
      await run((client) => client.set("journal", "written"));
      fails -= 1;
      if (fails >= 0) throw new Error("not yet");
      caughtUp.push("yes");
    });
    await link.here();
    expect(caughtUp).toEqual(["yes"]);
    expect(await link.run((client) => client.get("journal"))).toBe("written");
  });

  it("does without a Redis that takes no writes", async () => {
    await using redis = await startRedis();
    await using admin = await redis.connect();
    using link = openLink(redis.url);
    await link.here();
    await admin.config("SET", "maxmemory", "1");
    await expect(link.run((client) => client.set("x", "1"))).rejects.toBeInstanceOf(RedisAwayError);
    await vi.waitFor(() => expect(link.loudLines).toHaveLength(1));
    expect(link.health).toBe("degraded");
    await admin.config("SET", "maxmemory", "0");
    await link.here();
  });

  it("is closed for good", async () => {
    await using redis = await startRedis();
    await using admin = await redis.connect();
    const link = openLink(redis.url);
    await link.here();
    link.close();
    link.close();
    await expect(link.run((client) => client.ping())).rejects.toBeInstanceOf(RedisAwayError);
    await vi.waitFor(async () =>
      expect(
        String(await admin.client("LIST"))
          .trim()
          .split("\n"),
      ).toHaveLength(1),
    );
  });
});
