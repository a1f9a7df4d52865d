import { describe, expect, it } from "vitest";
import { type Behaviour, hang, json, startFakePlatform } from "../support/fake-platform.ts";
import {
  connectMailoo,
  createHandClock,
  eventually,
  failureOf,
  TEST_ORIGIN,
} from "../support/mailoo-fixture.ts";

const SEND = { content: "Hello", sessionPublicId: null, origin: TEST_ORIGIN, sender: null };
const QUERY = { sessionPublicId: "s1", origin: TEST_ORIGIN, sinceMs: null, priority: "background" } as const;
const ACCEPTED = json({ sessionPublicId: "s1", messageId: "m1" });

describe("health", () => {
  it("begins with a platform that was never reached", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    expect(mailoo.client.health).toMatchObject({ everReached: false, keyRefused: false, circuit: "closed" });

    platform.onSend(json({}, 500), ACCEPTED);
    await failureOf(mailoo.client.send(SEND));
    expect(mailoo.client.health.everReached).toBe(false);
    await mailoo.client.send(SEND);
    expect(mailoo.client.health.everReached).toBe(true);
  });

  it("takes an unknown session for a sign of life", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onStatus(json({ status: "online" }));
    platform.onList(json({ code: "session_not_found" }, 404));

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "session-unknown" });
    expect(mailoo.client.health.everReached).toBe(true);
  });
});

describe("the circuit", () => {
  it("opens after ten failures, fails fast, and closes with a probe that succeeds", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onSend(json({}, 502));

    for (let i = 0; i < 10; i += 1) {
      expect(await failureOf(mailoo.client.send(SEND))).toEqual({ kind: "server-error", status: 502 });
    }
    expect(mailoo.client.health.circuit).toBe("open");

    const startedAtMs = performance.now();
    for (let i = 0; i < 100; i += 1) {
      expect(await failureOf(mailoo.client.send(SEND))).toEqual({
        kind: "circuit-open",
        retryAfterMs: 2_000,
      });
    }
    expect((performance.now() - startedAtMs) / 100).toBeLessThan(50);
    expect(platform.requests).toHaveLength(10);

    clock.pass(2_000);
    platform.onSend(ACCEPTED);
    await mailoo.client.send(SEND);
    expect(mailoo.client.health.circuit).toBe("closed");
    expect(mailoo.log.lines.filter(({ level }) => Number(level) >= 30)).toMatchObject([
      { reason: "server-error 502", msg: expect.stringContaining("fails repeatedly") },
      { msg: "the platform answers again" },
    ]);
  });

  it("lets one probe through at a time", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onSend(json({}, 502));
    for (let i = 0; i < 10; i += 1) await failureOf(mailoo.client.send(SEND));

    clock.pass(2_000);
    platform.onSend(hang);
    const caller = new AbortController();
    const probe = failureOf(mailoo.client.send(SEND, caller.signal));
    expect(mailoo.client.health.circuit).toBe("half-open");
    expect(await failureOf(mailoo.client.send(SEND))).toMatchObject({ kind: "circuit-open" });
    expect(await failureOf(mailoo.client.list(QUERY))).toMatchObject({ kind: "circuit-open" });
    caller.abort();
    await probe;
    expect(platform.requests.length).toBeLessThanOrEqual(11);
  });

  it("is not opened by refusals, nor by callers that give up", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(json({}, 400));
    for (let i = 0; i < 15; i += 1) await failureOf(mailoo.client.send(SEND));
    platform.onSend(hang);
    for (let i = 0; i < 15; i += 1) {
      const caller = new AbortController();
      const failure = failureOf(mailoo.client.send(SEND, caller.signal));
      await platform.sawRequest(() => platform.requests.length === 16 + i);
      caller.abort();
      await failure;
    }
    expect(mailoo.client.health.circuit).toBe("closed");
  });
});

describe("a refused key", () => {
  it("is tried once in 30 s, logged once, and forgotten when it is accepted", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onSend(json({ error: "bad key" }, 401));
    platform.onList(json({ error: "bad key" }, 401));

    for (let i = 0; i < 20; i += 1) {
      expect(await failureOf(mailoo.client.send(SEND))).toEqual({ kind: "unauthorised", status: 401 });
      expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "unauthorised", status: 401 });
    }
    expect(platform.requests).toHaveLength(1);
    expect(mailoo.client.health.keyRefused).toBe(true);
    expect(mailoo.log.text.match(/MAILOO_CHAT_INTEGRATION_API_KEY/g)).toHaveLength(1);

    clock.pass(30_000);
    platform.onSend(ACCEPTED);
    await mailoo.client.send(SEND);
    expect(mailoo.client.health.keyRefused).toBe(false);
    expect(platform.requests).toHaveLength(2);
  });

  it("is not what a 403 means that the status call meets, even at every origin", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(json({ error: "forbidden" }, 403));
    platform.onStatus(json({ error: "forbidden" }, 403));

    expect(await failureOf(mailoo.client.send(SEND))).toEqual({ kind: "unauthorised", status: 403 });
    await eventually(() => mailoo.client.health.originRefused).toBe(true);
    expect(mailoo.client.health).toMatchObject({ everReached: true, keyRefused: false });
    for (let i = 0; i < 20; i += 1) {
      expect(await failureOf(mailoo.client.send(SEND))).toEqual({ kind: "unauthorised", status: 403 });
    }
    expect(platform.requests.map(({ operation }) => operation)).toEqual(["send", "status"]);
  });

  it("is not what a 403 for one origin means", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const elsewhere = { ...SEND, origin: "https://elsewhere.example" };
    const byOrigin: Behaviour = (request, exchange) =>
      request.headers.origin === TEST_ORIGIN ? ACCEPTED(request, exchange) : json({}, 403)(request, exchange);
    platform.onSend(byOrigin);
    platform.onStatus(byOrigin);

    await mailoo.client.send(SEND);
    expect(await failureOf(mailoo.client.send(elsewhere))).toEqual({ kind: "unauthorised", status: 403 });
    await eventually(() => mailoo.log.text).toContain("add it to the integration's allowed origins");
    for (let i = 0; i < 5; i += 1) await failureOf(mailoo.client.send(elsewhere));
    expect(platform.requests).toHaveLength(3);
    expect(mailoo.client.health.keyRefused).toBe(false);
    await mailoo.client.send(SEND);
  });

  it("is not what a 403 to one visitor's words means", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(json({ message: "blocked" }, 403), ACCEPTED);
    platform.onStatus(json({ online: true }));

    expect(await failureOf(mailoo.client.send({ ...SEND, content: "' OR 1=1 --" }))).toMatchObject({
      status: 403,
    });
    expect(await mailoo.client.send(SEND)).toMatchObject({ messageId: "m1" });
    await platform.sawRequest(({ operation }) => operation === "status");
    expect(mailoo.client.health.keyRefused).toBe(false);
  });
});

describe("the budget", () => {
  it("fails a send that waits too long as not committed, and counts it", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, {
      limits: { sends: { count: 1, seconds: 60 } },
      timeouts: { startMs: 500 },
      clock: createHandClock(),
    });
    platform.onSend(ACCEPTED);

    await mailoo.client.send(SEND);
    const failure = await failureOf(mailoo.client.send(SEND));
    expect(failure).toEqual({ kind: "over-budget", retryAfterMs: 60_000 });
    expect(platform.requests).toHaveLength(1);
    expect(mailoo.calls).toEqual([
      { operation: "send", outcome: "ok" },
      { operation: "send", outcome: "over-budget" },
    ]);
  });

  it("leaves the platform's quota to waiting visitors when the platform asks for less", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onList(json({}, 429, { "retry-after": "10" }), json([]));
    platform.onSend(ACCEPTED);

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({
      kind: "rate-limited",
      retryAfterMs: 10_000,
    });
    clock.pass(4_000);
    const other = { ...QUERY, sessionPublicId: "s2" };
    expect(await failureOf(mailoo.client.list(other))).toEqual({ kind: "rate-limited", retryAfterMs: 6_000 });
    expect(await mailoo.client.list({ ...other, priority: "interactive" })).toEqual([]);
    expect(await mailoo.client.send(SEND)).toMatchObject({ messageId: "m1" });
    expect(platform.requests).toHaveLength(3);

    clock.pass(6_000);
    expect(await mailoo.client.list(other)).toEqual([]);
  });

  it("does not affect sends while there are many reads", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { limits: { reads: { count: 1, seconds: 60 } } });
    platform.onList(json([]));
    platform.onSend(ACCEPTED);
    const caller = new AbortController();

    const lists = Array.from({ length: 20 }, (_, i) =>
      mailoo.client.list({ ...QUERY, sessionPublicId: `s${i}` }, caller.signal).catch(() => null),
    );
    expect(await mailoo.client.send(SEND)).toMatchObject({ messageId: "m1" });
    caller.abort();
    await Promise.all(lists);
  });
});

describe("closing", () => {
  it("ends calls, waits and sockets at once, is idempotent, and refuses later calls", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { limits: { sends: { count: 1, seconds: 60 } } });
    platform.onSend(hang);
    const inFlight = failureOf(mailoo.client.send(SEND));
    await platform.sawRequest((request) => request.operation === "send");
    const waiting = failureOf(mailoo.client.send(SEND));
    const listener = { onOpen() {}, onMessage() {}, onChangeHint() {}, onClose() {} };
    mailoo.client.openVisitorSocket({ sessionPublicId: "s1", origin: TEST_ORIGIN }, listener);
    await platform.openSocket();

    await Promise.all([mailoo.client.close(), mailoo.client.close()]);
    expect(await inFlight).toEqual({ kind: "no-answer", timedOut: false });
    expect(await waiting).toEqual({ kind: "unreachable" });
    expect(await failureOf(mailoo.client.send(SEND))).toEqual({ kind: "unreachable" });
    await eventually(() => platform.connections.open).toBe(0);
  });
});
