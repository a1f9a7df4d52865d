import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { createRedis } from "../../src/redis/redis-link.ts";
import { SEND_SCRIPTS } from "../../src/sends/redis-scripts.ts";
import { createRedisSendStore } from "../../src/sends/redis-store.ts";
import { createSessionScope, toSealedScope } from "../../src/sends/scope.ts";
import { UNSENT } from "../../src/sends/store.ts";
import { type RedisFixture, startRedis } from "../support/redis.ts";
import { describeSendStore } from "../support/send-store-rules.ts";

let redis: RedisFixture;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
});

async function openStore(clock: Clock = systemClock) {
  const client = createRedis(redis.url, SEND_SCRIPTS);
  await new Promise((resolve) => client.once("ready", resolve));
  const store = createRedisSendStore({
    run: (command) => command(client),
    replica: randomUUID(),
    replyMs: 150,
    clock,
  });
  return { store, client, [Symbol.asyncDispose]: async () => client.disconnect() };
}

/** Redis's clock cannot be moved, so what is stored is moved into the past instead. */
const AGE = `
for _, key in ipairs(redis.call('KEYS', 'mc:send:*')) do
  local ttl = redis.call('PTTL', key)
  if redis.call('TYPE', key).ok == 'hash' then
    for _, field in ipairs({'leaseUntil', 'settleUntil', 'firstAttemptAt'}) do
      local value = tonumber(redis.call('HGET', key, field) or '')
      if value then redis.call('HSET', key, field, string.format('%.0f', value - ARGV[1])) end
    end
  end
  if ttl > 0 then redis.call('PEXPIRE', key, math.max(0, ttl - ARGV[1])) end
end
return 'done'`;

describeSendStore("Redis", async () => {
  const [one, two] = [await openStore(), await openStore()];
  return {
    store: one.store,
    replica: two.store,
    pass: async (ms) => void (await one.client.eval(AGE, 0, ms)),
    async [Symbol.asyncDispose]() {
      await one.client.flushall();
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
    },
  };
});

describe("Redis: what is stored", () => {
  it("is in one slot per scope, expires, and holds neither text nor key nor session", async () => {
    await using under = await openStore();
    const { store, client } = under;
    const visitorKey = "visitor-key-0123456789";
    const content = "a text that nobody else should read";
    const scope = toSealedScope({ kind: "first", visitorKey });
    const verdict = await store.claim({
      scope,
      clientMessageId: "c1",
      bodyHash: scope.hashBody(content),
      attempt: 1,
      after: null,
    });
    if (verdict.kind !== "claimed") throw new Error(verdict.kind);
    const createdAt = new Date().toISOString();
    await store.settle(verdict.lease, {
      state: "sent",
      messageId: "m1",
      createdAt,
      sealedSession: scope.seal("session-4711"),
      how: "named",
      settleInMs: 0,
    });
    const sessionScope = createSessionScope("session-4711");
    const bodyHash = sessionScope.hashBody(content);
    const opener = { clientMessageId: "c1", bodyHash, messageId: "m1", createdAt, sealedSession: null };
    await store.adopt(sessionScope, opener, "opened");

    const keys = (await client.keys("mc:send:{*")).toSorted();
    expect(keys.map((key) => key.replace(/\{[\w-]{43}\}/, "{scope}")).toSorted()).toEqual(
      ["mc:send:{scope}", "mc:send:{scope}:c1", "mc:send:{scope}:m:m1"]
        .flatMap((key) => [key, key])
        .toSorted(),
    );
    let all = keys.join(" ");
    for (const key of keys) {
      expect(await client.pttl(key)).toBeGreaterThan(6 * 24 * 60 * 60 * 1000);
      all +=
        (await client.type(key)) === "hash"
          ? JSON.stringify(await client.hgetall(key))
          : await client.get(key);
    }
    for (const secret of [visitorKey, content, "session-4711", "Ann", "shop.example"]) {
      expect(all).not.toContain(secret);
    }
    expect(Object.keys(await client.hgetall(`mc:send:{${scope.key}}:c1`)).toSorted()).toEqual(
      [
        "after",
        "bodyHash",
        "createdAt",
        "fence",
        "firstAttemptAt",
        "messageId",
        "session",
        "state",
      ].toSorted(),
    );
    await client.flushall();
  });

  it("is not claimed by a command that Redis runs too late", async () => {
    let stalledMs = 0;
    const clock = { epochMs: () => Date.now(), steadyMs: () => performance.now() - stalledMs };
    await using under = await openStore(clock);
    const claim = (clientMessageId: string) =>
      under.store.claim({
        scope: { key: "late" },
        clientMessageId,
        bodyHash: "h",
        attempt: 1,
        after: null,
      });
    const first = await claim("c1");
    if (first.kind !== "claimed") throw new Error(first.kind);
    await under.store.settle(first.lease, UNSENT);

    stalledMs = 1_000;
    // The first try is a second old when Redis comes to it; the second knows what time it is there.
    const second = await claim("c2");
    if (second.kind !== "claimed") throw new Error(second.kind);
    expect(await under.client.hget("mc:send:{late}", "fence")).toBe(String(second.lease.fence));
    await under.client.flushall();
  });

  it("reports the time from which its records are complete, and restarts it after a loss of data", async () => {
    await using under = await openStore();
    const { store, client } = under;
    await client.flushall();
    expect(await store.coveredForMs()).toBeNull();
    const anHourAgo = () => client.set("mc:send:since", Date.now() - 3_600_000);
    await anHourAgo();
    await store.learnCoverage((command) => command(client));
    expect(await store.coveredForMs()).toBeGreaterThan(3_500_000);
    await client.flushall();
    expect(await store.coveredForMs()).toBeLessThan(60_000);
    await anHourAgo();
    await store.learnCoverage((command) => command(client));
    expect(await store.coveredForMs()).toBeLessThan(60_000);
    await client.flushall();
  });

  it("refuses a lease from before it lost its data, although the send is claimed again", async () => {
    await using under = await openStore();
    const scope = { key: "lost" };
    const claim = async (clientMessageId: string) => {
      const request = { scope, clientMessageId, bodyHash: "h", attempt: 1, after: null };
      const verdict = await under.store.claim(request);
      if (verdict.kind !== "claimed") throw new Error(verdict.kind);
      return verdict.lease;
    };
    const before = await claim("c1");
    await under.client.flushall();
    const after = await claim("c2");
    expect(await under.store.renew(before)).toBe(false);
    expect(await under.store.settle(before, UNSENT)).toBe("lease-lost");
    expect(await under.store.renew(after)).toBe(true);
    await under.client.flushall();
  });
});
