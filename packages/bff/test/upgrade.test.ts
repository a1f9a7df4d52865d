import { readFileSync } from "node:fs";
import { SEED } from "@mailoo-chat/sandbox";
import type { Redis } from "ioredis";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUsedSolutions } from "../src/auth/challenge-gate.ts";
import { createSessionTokens } from "../src/auth/session-tokens.ts";
import { parseCursor, shortHash } from "../src/feed/cursor.ts";
import { createRedis, createRedisLink, type RedisLink } from "../src/redis/redis-link.ts";
import { SEND_SCRIPTS } from "../src/sends/redis-scripts.ts";
import { createRedisSendStore, type RedisSendStore } from "../src/sends/redis-store.ts";
import { createSessionScope, type SealedScope, toSealedScope } from "../src/sends/scope.ts";
import { createSharedSendStore } from "../src/sends/shared-store.ts";
import { type ClaimVerdict, UNSENT } from "../src/sends/store.ts";
import { type RedisFixture, startRedis } from "./support/redis.ts";
import { TEST_SECRET } from "./support/start-bff.ts";

/** Frozen: what Redis and a browser held when that release was out. Not to be written anew where a test fails. */
const HELD = JSON.parse(
  readFileSync(new URL("fixtures/held-by-0.1.0.json", import.meta.url), "utf8"),
) as HeldByRelease;

interface HeldByRelease {
  readonly writtenAtMs: number;
  readonly sessionPublicId: string;
  readonly visitorKey: string;
  readonly keys: Readonly<
    Record<
      string,
      { readonly ttlMs: number; readonly hash?: Readonly<Record<string, string>>; readonly text?: string }
    >
  >;
  readonly token: string;
  readonly cursors: readonly [string, string];
}

let redis: RedisFixture;
let client: Redis;
let link: RedisLink;
let store: RedisSendStore;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  client = createRedis(redis.url, SEND_SCRIPTS);
  link = createRedisLink({ redis: client, logger: pino({ level: "silent" }) });
  await expect.poll(() => link.health).toBe("ok");
  await restore(client);
  store = createRedisSendStore({ run: link.run, replica: "replica-of-now", replyMs: link.replyMs });
});
afterEach(async () => {
  await client.flushall();
  link.close();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
});

/** Puts the records there as if they had been written this moment. */
async function restore(to: Redis): Promise<void> {
  const laterMs = Date.now() - HELD.writtenAtMs;
  const isTime = (name: string) => /^(leaseUntil|settleUntil|firstAttemptAt|mc:send:since)$/.test(name);
  const shifted = (name: string, value: string) => (isTime(name) ? String(Number(value) + laterMs) : value);
  for (const [key, { ttlMs, hash, text }] of Object.entries(HELD.keys)) {
    if (hash)
      await to.hset(
        key,
        Object.entries(hash).flatMap(([name, value]) => [name, shifted(name, value)]),
      );
    else await to.set(key, shifted(key, text ?? ""));
    if (ttlMs > 0) await to.pexpire(key, ttlMs);
  }
}

const session = createSessionScope(HELD.sessionPublicId);
const heldSession = createSessionScope("session-4712");
const first = toSealedScope({ kind: "first", visitorKey: HELD.visitorKey });

function claim(
  scope: SealedScope,
  clientMessageId: string,
  content: string,
  attempt = 2,
): Promise<ClaimVerdict> {
  return store.claim({ scope, clientMessageId, bodyHash: scope.hashBody(content), attempt, after: null });
}

/** Claims, looks, and gives the scope back. */
async function recordOf(scope: SealedScope, clientMessageId: string, content: string) {
  const verdict = await claim(scope, clientMessageId, content);
  if (verdict.kind !== "claimed") throw new Error(verdict.kind);
  await store.settle(verdict.lease, UNSENT);
  return verdict.record;
}

describe("what the previous release has left in Redis", () => {
  it("replays a sent message, and continues its session", async () => {
    const verdict = await claim(first, "c-first", "Hello");
    if (verdict.kind !== "sent") throw new Error(verdict.kind);
    expect(verdict.sent.messageId).toBe("m-1");
    expect(first.open(verdict.sent.sealedSession ?? "")).toBe(HELD.sessionPublicId);
    expect(await claim(session, "c-first", "Hello")).toMatchObject({
      kind: "sent",
      sent: { messageId: "m-1" },
    });
    expect(await claim(session, "c-sent", "How are you?")).toMatchObject({
      kind: "sent",
      sent: { messageId: "m-2", createdAt: "2026-11-22T12:00:02.000Z" },
    });
    expect(await claim(session, "c-sent", "Another text")).toEqual({ kind: "reused" });

    const next = await claim(first, "c-second", "Me again", 1);
    if (next.kind !== "moved") throw new Error(next.kind);
    expect(first.open(next.sealedSession)).toBe(HELD.sessionPublicId);
  });

  it("shows the state of unfinished sends", async () => {
    const pending = await recordOf(session, "c-pending", "Perhaps there");
    expect(pending).toMatchObject({ state: "pending", after: "m-2" });
    expect(pending.settleInMs).toBeGreaterThan(1_000);
    expect(await recordOf(session, "c-accepted", "Taken without a name")).toMatchObject({
      state: "accepted",
    });
    expect(await recordOf(session, "c-unsent", "Never left")).toMatchObject({ state: "unsent" });
  });

  it("keeps a scope leased until the lease has run out", async () => {
    const verdict = await claim(heldSession, "c-held", "Still on its way");
    if (verdict.kind !== "busy") throw new Error(verdict.kind);
    expect(verdict.leaseMs).toBeGreaterThan(1_000);
    await client.hset(`mc:send:{${heldSession.key}}`, "leaseUntil", "1");
    const taken = await claim(heldSession, "c-held", "Still on its way");
    expect(taken.kind === "claimed" && taken.lease.fence).toBeGreaterThan(1);
    expect(taken).toMatchObject({
      kind: "claimed",
      record: { state: "pending", after: "m-9" },
    });
  });

  it("shows which messages are recorded, since when, and which challenges are used", async () => {
    expect(await store.claims(session, ["m-1", "m-2", "m-3"])).toEqual(
      new Map([
        ["m-1", { clientMessageId: "c-first", createdAt: "2026-11-22T12:00:01.000Z", begunForMs: null }],
        ["m-2", { clientMessageId: "c-sent", createdAt: "2026-11-22T12:00:02.000Z", begunForMs: null }],
      ]),
    );
    await client.set("mc:send:since", Date.now() - 60_000);
    await store.learnCoverage(link.run);
    expect(await store.coveredForMs()).toBeGreaterThan(30_000);

    expect(await createUsedSolutions(link)("c".repeat(64), 1_000)).toBe(false);
  });
});

describe("what the previous release has given to a browser", () => {
  it("is a token that is still valid", async () => {
    const tokens = createSessionTokens({
      secrets: [TEST_SECRET],
      projectUid: SEED.projectUid,
      integrationId: SEED.integrationId,
      now: () => HELD.writtenAtMs + 1_000,
    });
    expect(await tokens.verify(HELD.token)).toMatchObject({ sessionPublicId: HELD.sessionPublicId });
  });

  it("is a cursor that still covers what was seen", () => {
    const at = (second: number) => Date.UTC(2026, 10, 22, 12, 0, second);
    const seen = new Set([shortHash("m-1", at(1)), shortHash("m-2", at(2))]);
    const [plain, marked] = HELD.cursors;
    expect(parseCursor(plain)).toEqual({ confirmedMs: at(2), seen, watermark: null });
    const watermark = { ms: at(1), last: shortHash("m-1", at(1)) };
    expect(parseCursor(marked)).toEqual({ confirmedMs: at(2), seen, watermark });
  });
});

describe("what a later release may have left in Redis", () => {
  it("with new fields is read without them", async () => {
    for (const [key, { hash }] of Object.entries(HELD.keys)) {
      if (hash) await client.hset(key, "aFieldOfTomorrow", '{"v":2}');
    }
    expect(await claim(first, "c-first", "Hello")).toMatchObject({
      kind: "sent",
      sent: { messageId: "m-1" },
    });
    expect(await recordOf(session, "c-pending", "Perhaps there")).toMatchObject({
      state: "pending",
      after: "m-2",
    });
  });

  it("in a new state counts as pending: the history is searched before anything is sent again", async () => {
    await client.hset(`mc:send:{${session.key}}:c-sent`, "state", "archived", "bodyHash", "of another kind");
    expect(await recordOf(session, "c-sent", "How are you?")).toMatchObject({
      state: "pending",
      after: null,
    });
  });

  it("with invalid times delays nothing", async () => {
    await client.hset(`mc:send:{${heldSession.key}}`, "leaseUntil", "soon", "settleUntil", "later");
    expect((await claim(heldSession, "c-held", "Still on its way")).kind).toBe("claimed");
  });

  it("under keys of another type is not touched: the visitor is served from memory", async () => {
    const key = `mc:send:{${session.key}}`;
    await client.del(key);
    await client.set(key, "a text where a hash stood");
    const shared = createSharedSendStore({ link, logger: pino({ level: "silent" }) });
    const request = {
      scope: session,
      clientMessageId: "c-new",
      bodyHash: session.hashBody("New"),
      attempt: 1,
      after: null,
    };
    expect((await shared.claim(request)).kind).toBe("claimed");
    expect(await client.get(key)).toBe("a text where a hash stood");
  });
});
