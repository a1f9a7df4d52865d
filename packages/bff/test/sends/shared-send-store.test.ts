import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MailooFailure } from "../../src/platform/errors.ts";
import { createRedis, createRedisLink } from "../../src/redis/redis-link.ts";
import { SEND_SCRIPTS } from "../../src/sends/redis-scripts.ts";
import type { Send } from "../../src/sends/scope.ts";
import { createSendService } from "../../src/sends/service.ts";
import { createSharedSendStore } from "../../src/sends/shared-store.ts";
import { createModelPlatform, type ModelPlatform } from "../support/model-platform.ts";
import { type RedisFixture, startRedis } from "../support/redis.ts";

const SESSION = "session-1";
const GATEWAY_TIMEOUT: MailooFailure = { kind: "server-error", status: 504 };

function send(overrides: Partial<Send> = {}): Send {
  return {
    scope: { kind: "session", sessionPublicId: SESSION },
    clientMessageId: "c1",
    attempt: 1,
    after: null,
    content: "hello",
    origin: "https://shop.example",
    sender: null,
    ...overrides,
  };
}

const first = (overrides: Partial<Send> = {}) =>
  send({ scope: { kind: "first", visitorKey: "k".repeat(22) }, ...overrides });

describe("sends of several replicas", () => {
  let redis: RedisFixture;
  let platform: ModelPlatform;
  const stops: (() => Promise<void> | void)[] = [];

  beforeEach(async () => {
    redis = await startRedis();
    platform = createModelPlatform();
    platform.say(SESSION, "how it began");
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await redis[Symbol.asyncDispose]();
  });

  /** Patient, so that a busy machine is not taken for an absent Redis. */
  async function startReplica(replyMs = 1_500) {
    const lines: string[] = [];
    const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
    const link = createRedisLink({
      redis: createRedis(redis.url, SEND_SCRIPTS),
      logger,
      replyMs,
      probeEveryMs: 50,
    });
    const store = createSharedSendStore({ link, logger });
    const service = createSendService({ client: platform.client, store });
    stops.push(() => service.close(), link.close);
    await vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 5 });
    return { link, store, service, lines };
  }

  it("know each other's", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    const outcome = await a.service.submit(send());
    expect(await b.service.submit(send({ attempt: 2 }))).toEqual({ ...outcome, replayed: true });
    await expect(b.service.submit(send({ content: "other" }))).rejects.toMatchObject({
      code: "client_message_id_reused",
    });
    expect(platform.posts).toHaveLength(1);
  });

  it("wait for one another within a session", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    platform.plan({ kind: "accept", afterMs: 150 });
    const slow = a.service.submit(send({ content: "one" }));
    await vi.waitFor(() => expect(platform.posts).toHaveLength(1));
    const [one, retry, two] = await Promise.all([
      slow,
      b.service.submit(send({ content: "one", attempt: 2 })),
      b.service.submit(send({ clientMessageId: "c2", content: "two" })),
    ]);
    expect(retry).toEqual({ ...one, replayed: true });
    expect(two.replayed).toBe(false);
    expect(platform.contents(SESSION)).toEqual(["how it began", "one", "two"]);
  });

  it("open one session for one visitor", async () => {
    const replicas = [await startReplica(), await startReplica()];
    platform.plan({ kind: "accept", afterMs: 100 });
    const outcomes = await Promise.all(
      ["c1", "c2", "c3", "c4"].map((clientMessageId, index) =>
        replicas[index % 2]?.service.submit(first({ clientMessageId, content: clientMessageId })),
      ),
    );
    const [sessionPublicId = "", ...others] = new Set(outcomes.map((outcome) => outcome?.sessionPublicId));
    expect(others).toEqual([]);
    expect(platform.contents(sessionPublicId).toSorted()).toEqual(["c1", "c2", "c3", "c4"]);
  });

  it("are found at once by another replica if one is lost with its lease", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    platform.plan({ kind: "accept", afterMs: 60_000 });
    const abandoned = a.service.submit(send({ after: "m1" }));
    abandoned.catch(() => {});
    await vi.waitFor(() => expect(platform.posts).toHaveLength(1));
    a.link.close();

    const startedAtMs = performance.now();
    const outcome = await b.service.submit(send({ after: "m1", attempt: 2 }));
    expect(outcome).toMatchObject({ replayed: true, message: { id: "m2" } });
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    expect(platform.posts).toHaveLength(1);
  });

  it("are finished by another replica if one is lost between claim and record", async () => {
    const [a, b] = [await startReplica(), await startReplica()];
    platform.plan({ kind: "accept", afterMs: 60_000 });
    const abandoned = a.service.submit(send());
    abandoned.catch(() => {});
    await vi.waitFor(() => expect(platform.posts).toHaveLength(1));
    a.link.close();

    await using look = await redis.connect();
    const [scope = ""] = await look.keys("mc:send:{*}");
    await look.hset(scope, "leaseUntil", Date.now() - 1);
    const outcome = await b.service.submit(send({ attempt: 2 }));
    expect(outcome).toMatchObject({ replayed: true, message: { id: "m2" } });
    expect(platform.posts).toHaveLength(1);
  });

  it("go on without Redis after one short wait", async () => {
    const { service, link, lines } = await startReplica(400);
    await service.submit(send());
    await vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 5 });
    lines.splice(0);
    redis.pause();
    const startedAtMs = performance.now();
    await service.submit(send({ clientMessageId: "c2" }));
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(link.health).toBe("degraded");

    const againAtMs = performance.now();
    for (const id of ["c3", "c4", "c5"]) await service.submit(send({ clientMessageId: id }));
    expect(performance.now() - againAtMs).toBeLessThan(500);
    expect(lines.filter((line) => line.includes("Redis is away"))).toHaveLength(1);
    // A replay of what was recorded before is still one.
    expect((await service.submit(send({ attempt: 2 }))).replayed).toBe(true);
    redis.resume();
  });

  it.each(["paused", "killed"] as const)("are shared again once a %s Redis is back", async (how) => {
    const [a, b] = [await startReplica(150), await startReplica(150)];
    if (how === "paused") redis.pause();
    else await redis.kill();

    const alone = await a.service.submit(send());
    const opened = await a.service.submit(first({ clientMessageId: "c9" }));
    expect(a.link.health).toBe("degraded");
    await b.service.submit(send({ clientMessageId: "c2", content: "meanwhile" }));

    if (how === "paused") redis.resume();
    else await redis.restart();
    for (const { link } of [a, b]) {
      await vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 10 });
    }
    expect(await b.service.submit(send({ attempt: 2 }))).toEqual({ ...alone, replayed: true });
    const { sessionPublicId } = await b.service.submit(first({ clientMessageId: "c10" }));
    expect(sessionPublicId).toBe(opened.sessionPublicId);
    expect((await a.service.submit(send({ clientMessageId: "c3" }))).replayed).toBe(false);
    expect(platform.contents(SESSION)).toEqual(["how it began", "hello", "meanwhile", "hello"]);
  });

  it.each(["emptied", "restarted"] as const)(
    "are neither lost nor doubled by a Redis that is %s",
    async (how) => {
      const { service, link } = await startReplica();
      const lose = async () => {
        if (how === "emptied") {
          await using look = await redis.connect();
          await look.flushall();
        } else {
          await redis.restart();
          await vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 10 });
        }
      };
      const contents = ["accepted", "failed", "opened"];
      platform.plan(
        { kind: "accept", afterMs: 300 },
        { kind: "accept", afterMs: 300 },
        { kind: "fail", failure: GATEWAY_TIMEOUT, afterMs: 300, commitAfterMs: 1_000 },
      );
      const submits = [
        service.submit(send({ clientMessageId: "c1", content: "accepted" })),
        service.submit(first({ clientMessageId: "c3", content: "opened" })),
      ];
      await vi.waitFor(() => expect(platform.posts).toHaveLength(2));
      await lose();
      const [accepted, opened] = await Promise.all(submits);
      const pending = service.submit(send({ clientMessageId: "c2", content: "failed" }));
      await vi.waitFor(() => expect(platform.posts).toHaveLength(3));
      await lose();
      expect((await pending).replayed).toBe(false);
      await lose();
      // Without counting the attempts, as a client may.
      expect(await service.submit(send({ clientMessageId: "c1", content: "accepted" }))).toEqual({
        ...accepted,
        replayed: true,
      });
      const next = await service.submit(first({ clientMessageId: "c4", content: "more" }));
      expect(next.sessionPublicId).toBe(opened?.sessionPublicId);
      expect(platform.posts.map(({ content }) => content).toSorted()).toEqual(
        [...contents, "more"].toSorted(),
      );
    },
  );

  it("are recorded later if Redis was lost while they were under way", async () => {
    const [a, b] = [await startReplica(150), await startReplica(150)];
    platform.plan({ kind: "accept", afterMs: 100 });
    const open = a.service.submit(send());
    await vi.waitFor(() => expect(platform.posts).toHaveLength(1));
    redis.pause();
    const outcome = await open;
    redis.resume();
    for (const { link } of [a, b]) {
      await vi.waitFor(() => expect(link.health).toBe("ok"), { timeout: 5_000, interval: 10 });
    }
    expect(await b.service.submit(send({ attempt: 2 }))).toEqual({ ...outcome, replayed: true });
    expect((await b.service.submit(send({ clientMessageId: "c2" }))).replayed).toBe(false);
  });
});
