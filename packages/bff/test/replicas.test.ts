import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import type { ProofOfWork } from "../src/auth/challenge-gate.ts";
import { makeVisitorKey } from "./support/bff-calls.ts";
import { startRedis } from "./support/redis.ts";
import { solveChallenge } from "./support/solve-challenge.ts";
import { startBff, type TestBff } from "./support/start-bff.ts";

const TIMEOUT = { timeout: 20_000 };

describe("two replicas with Redis", TIMEOUT, () => {
  it("share claims of first messages, and accept each other's tokens", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    for (let round = 1; ; round += 1) {
      await using one = await startBff({ platform: sandbox, env });
      await using two = await startBff({ platform: sandbox, env });
      await expect.poll(async () => redisCheck(one.url)).toBe("ok");
      await expect.poll(async () => redisCheck(two.url)).toBe("ok");
      const visitorKey = makeVisitorKey();
      const [first, second] = await Promise.all([
        one.submit({ content: "from tab one", clientMessageId: "a", visitorKey }),
        two.submit({ content: "from tab two", clientMessageId: "b", visitorKey }),
      ]);
      const { session, message } = first.body;
      const again = await two.submit({
        content: "from tab one",
        clientMessageId: "a",
        visitorKey,
        attempt: 2,
      });
      // On a machine so busy that Redis takes 150 ms, two replicas are not kept apart, as documented: another round tells.
      if (round < 5 && [one, two].some(({ log }) => log.text.includes("Redis is away"))) continue;
      expect(second.body.session.sessionPublicId).toBe(session.sessionPublicId);
      expect([again.status, again.body.message.id]).toEqual([200, message.id]);
      expect(sandbox.messages(session.sessionPublicId)).toHaveLength(2);
      expect((await two.messages(session.token)).body.messages).toHaveLength(2);
      return;
    }
  });

  it("share their limits, and use their own while Redis is away", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url, MAILOO_CHAT_LIMIT_IP_REQUESTS: "4/600" };
    await using one = await startBff({ platform: sandbox, env });
    await using two = await startBff({ platform: sandbox, env });
    await expect.poll(async () => redisCheck(one.url)).toBe("ok");
    await expect.poll(async () => redisCheck(two.url)).toBe("ok");
    for (const bff of [one, two, one, two]) expect((await bff.request("/status")).status).toBe(200);
    const refused = await one.problem("/status");
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(refused.body.retryAfter).toBeGreaterThan(500);
    await using connection = await redis.connect();
    const keys = await connection.keys("mc:limit:*");
    expect(keys).toHaveLength(1);
    expect(keys.join()).not.toContain("127.0.0.1");

    await redis.kill();
    await expect.poll(async () => redisCheck(one.url)).toBe("degraded");
    const ready = await fetch(`${one.url}/readyz`);
    expect(ready.status).toBe(200);
    for (let count = 0; count < 4; count++) expect((await one.request("/status")).status).toBe(200);
    expect((await one.request("/status")).status).toBe(429);
  });

  it("accept the solution of a challenge once together, and once each while Redis is away", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url, MAILOO_CHAT_CHALLENGE: "always" };
    await using one = await startBff({ platform: sandbox, env });
    await using two = await startBff({ platform: sandbox, env });
    await expect.poll(async () => redisCheck(one.url)).toBe("ok");
    await expect.poll(async () => redisCheck(two.url)).toBe("ok");
    const solve = async (bff: TestBff) => {
      const { challenge } = (await bff.chatConfig()).body as { challenge: ProofOfWork };
      return { content: "x", challengeSolution: solveChallenge(challenge) };
    };
    const used = await solve(one);
    expect((await two.submit({ ...used, visitorKey: makeVisitorKey() })).status).toBe(201);
    for (const bff of [one, two]) {
      const again = await bff.submitProblem({ ...used, visitorKey: makeVisitorKey() });
      expect(again.body.code).toBe("challenge_required");
    }
    await using connection = await redis.connect();
    const [key = ""] = await connection.keys("mc:work:*");
    // As long as the challenge would have been good, and no longer.
    expect(await connection.pttl(key)).toBeGreaterThan(19 * 60_000);
    expect(await connection.pttl(key)).toBeLessThanOrEqual(20 * 60_000);
    connection.disconnect();

    const fresh = await solve(one);
    await redis.kill();
    for (const bff of [one, two]) {
      expect((await bff.submit({ ...fresh, visitorKey: makeVisitorKey() })).status).toBe(201);
      const again = await bff.submitProblem({ ...fresh, visitorKey: makeVisitorKey() });
      expect(again.body.code).toBe("challenge_required");
    }
  });

  it("go on while Redis hangs, after one short wait", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    await using bff = await startBff({ platform: sandbox, env: { REDIS_URL: redis.url } });
    await expect.poll(async () => redisCheck(bff.url)).toBe("ok");
    redis.pause();
    expect((await bff.submit({ content: "one", visitorKey: makeVisitorKey() })).status).toBe(201);
    expect(await redisCheck(bff.url)).toBe("degraded");
    redis.resume();
    await expect.poll(async () => redisCheck(bff.url), { timeout: 5_000 }).toBe("ok");
  });
});

async function redisCheck(url: string): Promise<unknown> {
  const report = (await (await fetch(`${url}/readyz`)).json()) as { checks: Record<string, string> };
  return report.checks.redis;
}
