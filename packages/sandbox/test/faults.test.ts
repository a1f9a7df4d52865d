import { describe, expect, it } from "vitest";
import { DIALECTS, type DialectName, SEED, startSandbox } from "../src/index.ts";
import {
  asOwner,
  asServer,
  CHAT,
  call,
  DASHBOARD,
  eventually,
  listContents,
  listen,
  ownerPath,
  roundTrip,
  send,
  setFaults,
  visitorPath,
} from "./platform-client.ts";

describe("the switchboard", () => {
  it("is shut unless it was asked for", async () => {
    await using sandbox = await startSandbox();
    for (const [method, path] of [
      ["GET", "faults"],
      ["PUT", "faults"],
      ["GET", "stats"],
      ["POST", "messages"],
      ["POST", "sockets/drop"],
    ] as const) {
      const json = method === "GET" ? undefined : {};
      expect(await call(sandbox, method, `/__sandbox/${path}`, { json })).toMatchObject({ status: 404 });
    }
  });

  it("merges patches, returns the current settings, and resets them", async () => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { latencyMs: 1 });
    expect(await setFaults(sandbox, { acceptThenFail: 2 })).toMatchObject({
      status: 200,
      body: { latencyMs: 1, acceptThenFail: 2, errorRate: 0 },
    });
    expect(await call(sandbox, "DELETE", "/__sandbox/faults")).toMatchObject({
      body: { acceptThenFail: false },
    });
    expect(await call(sandbox, "GET", "/__sandbox/faults")).toMatchObject({ body: { latencyMs: 0 } });
  });

  it.each([
    [{ latency: 5, sockets: "ok" }, "unknown: latency"],
    [{ dialect: { envelope: "x" } }, "unknown: dialect.envelope"],
    [{ latencyMs: { min: 5, max: 1 } }, "min must not be above max"],
    [{ errorRate: 2 }, "errorRate"],
    [{ acceptThenFail: 1.5 }, "acceptThenFail: must be a fraction below 1"],
    [{ routes: ["everything"] }, "routes.0"],
    [[], "expected object"],
  ])("refuses %j and changes nothing", async (patch, message) => {
    await using sandbox = await startSandbox({ faults: true });
    const { status, body } = await setFaults(sandbox, patch);
    expect(status).toBe(400);
    expect((body as { message: string }).message).toContain(message);
    expect(sandbox.faults.settings.errorRate).toBe(0);
  });
});

describe("faults of requests", () => {
  it("fails before the message is stored, the configured number of times", async () => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { failBeforeAccept: 2 });
    expect((await send(sandbox, { content: "1" })).status).toBe(502);
    expect((await send(sandbox, { content: "2" })).status).toBe(502);
    expect((await send(sandbox, { content: "3" })).status).toBe(200);
    expect(sandbox.sessions()).toHaveLength(1);
  });

  it("stores the message, pushes it to the sockets, then answers 502", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { acceptThenFail: 1 });
    expect((await send(sandbox, { content: "Kept", sessionPublicId: session })).status).toBe(502);
    expect(await visitor.received(1)).toMatchObject([{ payload: { content: "Kept" } }]);
    expect(await listContents(sandbox, session)).toEqual(["Hello", "Kept"]);
    expect((await send(sandbox, { content: "Next", sessionPublicId: session })).status).toBe(200);
  });

  it("keeps the message, then resets the connection", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    await setFaults(sandbox, { acceptThenReset: 1 });
    await expect(send(sandbox, { content: "Kept", sessionPublicId: session })).rejects.toThrow(
      "fetch failed",
    );
    expect(await listContents(sandbox, session)).toEqual(["Hello", "Kept"]);
  });

  it.each([
    ["hang", 0],
    ["acceptThenHang", 1],
  ] as const)("%s never answers, having kept %i messages", async (fault, kept) => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { [fault]: true });
    const aborted = new AbortController();
    const answer = fetch(`${sandbox.url}${CHAT}/messages`, {
      method: "POST",
      headers: { ...asServer, "Content-Type": "application/json" },
      body: JSON.stringify({ content: "Hello" }),
      signal: aborted.signal,
    });
    await eventually(() => sandbox.stats().requests.send.requests).toBe(1);
    await eventually(() => sandbox.sessions()).toHaveLength(kept);
    aborted.abort();
    await expect(answer).rejects.toThrow("aborted");
  });

  it("answers errors at the configured rate and status, by default on webhook routes only", async () => {
    const draws = [0.1, 0.9, 0.2];
    await using sandbox = await startSandbox({ faults: true, random: () => draws.shift() ?? 0.99 });
    // Each webhook call draws for its latency, then for its error.
    await setFaults(sandbox, { errorRate: 0.5, errorStatus: 503 });
    const status = async () => (await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer })).status;
    expect(await status()).toBe(200);
    expect(await status()).toBe(200);
    draws.push(0, 0.2);
    expect(await status()).toBe(503);

    await setFaults(sandbox, { errorRate: 1 });
    expect((await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers: asOwner })).status).toBe(200);
    await setFaults(sandbox, { routes: ["sessions"] });
    expect((await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers: asOwner })).status).toBe(503);
    expect(await status()).toBe(200);
  });

  it("limits the rate for some requests and sends Retry-After", async () => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { rateLimit: { retryAfterSeconds: 7, count: 1 } });
    const limited = await send(sandbox, { content: "1" });
    expect(limited.status).toBe(429);
    expect(limited.headers.get("retry-after")).toBe("7");
    expect((await send(sandbox, { content: "2" })).status).toBe(200);
  });

  it("delays answers, also by route", async () => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { latencyMs: { status: { min: 80, max: 90 } } });
    const startedMs = performance.now();
    await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(79);
  });

  it("delays upgrades if configured", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    await setFaults(sandbox, { latencyMs: { visitorSocket: 80 } });
    const startedMs = performance.now();
    using _visitor = await listen(sandbox, path);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(79);
  });

  it("answers HTML in place of JSON", async () => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { html: 1 });
    const page = await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer });
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining("<!doctype html>") });
    expect(await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer })).toMatchObject({
      body: { status: "away" },
    });
  });

  it("shows the API key in bodies, headers, error pages and frames", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { echoKey: true });
    const sent = await send(sandbox, { content: "x", sessionPublicId: session });
    expect(sent.body).toMatchObject({ apiKey: SEED.apiKey });
    expect(sent.headers.get("location")).toContain(SEED.apiKey);
    expect(await visitor.received(1)).toMatchObject([{ apiKey: SEED.apiKey }]);
    await setFaults(sandbox, { html: true, errorRate: 1 });
    expect(await send(sandbox, { content: "x" })).toMatchObject({
      status: 500,
      body: expect.stringContaining(SEED.apiKey),
    });
  });
});

describe("faults of lists and clocks", () => {
  it("pages from either end of the range", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("0").sessionPublicId;
    sandbox.addMessages(session, 5, { firstAtMs: Date.now() + 1000, content: "{n}" });
    await setFaults(sandbox, { pageSize: 2 });
    expect(await listContents(sandbox, session)).toEqual(["0", "1"]);
    await setFaults(sandbox, { pageOrder: "newest" });
    expect(await listContents(sandbox, session)).toEqual(["4", "5"]);
  });

  it("gives all new messages one time, in order of arrival", async () => {
    let now = 1_800_000_000_000;
    await using sandbox = await startSandbox({ faults: true, nowMs: () => now++ });
    await setFaults(sandbox, { equalTimestamps: true });
    const session = sandbox.send("a").sessionPublicId;
    sandbox.reply(session, "b");
    sandbox.reply(session, "c");
    expect(new Set(sandbox.messages(session).map(({ createdAtMs }) => createdAtMs)).size).toBe(1);
    expect(await listContents(sandbox, session)).toEqual(["a", "b", "c"]);
    await setFaults(sandbox, { equalTimestamps: false });
    expect(sandbox.reply(session, "d").createdAtMs).toBeGreaterThan(1_800_000_000_000);
  });

  it("inserts late messages before those that were there", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("first").sessionPublicId;
    await setFaults(sandbox, { lateInsertMs: 5000 });
    sandbox.reply(session, "late");
    expect(await listContents(sandbox, session)).toEqual(["late", "first"]);
    expect(sandbox.sessions()).toMatchObject([{ lastMessage: { content: "first" } }]);
  });

  it("runs on a clock of its own", async () => {
    await using sandbox = await startSandbox({ faults: true, nowMs: () => 1_800_000_000_000 });
    await setFaults(sandbox, { clockSkewMs: -86_400_000 });
    expect(sandbox.send("Hello").createdAtMs).toBe(1_800_000_000_000 - 86_400_000);
  });
});

describe("faults of sockets", () => {
  it("refuses new ones and ends those that are open", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    using visitor = await listen(sandbox, path);
    using owner = await listen(sandbox, ownerPath());
    await setFaults(sandbox, { sockets: "refuse" });
    expect(await visitor.closed).toBe(1006);
    await expect(listen(sandbox, path)).rejects.toMatchObject({ status: 503 });
    await roundTrip(owner);
  });

  it("drops open ones at once and new ones as soon as they open", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    using visitor = await listen(sandbox, path);
    await setFaults(sandbox, { sockets: "drop" });
    expect(await visitor.closed).toBe(1006);
    using next = await listen(sandbox, path);
    expect(await next.closed).toBe(1006);
  });

  it("drops them once by request", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    using visitor = await listen(sandbox, path);
    expect(await call(sandbox, "POST", "/__sandbox/sockets/drop", { json: {} })).toMatchObject({
      body: { dropped: 1 },
    });
    expect(await visitor.closed).toBe(1006);
    using next = await listen(sandbox, path);
    await roundTrip(next);
  });

  it("stays open without pushing messages, and still answers pings", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { sockets: "mute" });
    sandbox.reply(session, "Unheard");
    await roundTrip(visitor);
    expect(visitor.frames).toEqual([]);
    await setFaults(sandbox, { sockets: "ok" });
    sandbox.reply(session, "Received");
    expect(await visitor.received(1)).toMatchObject([{ payload: { content: "Received" } }]);
  });

  it("repeats old events, pushes another session's, and says things that are no message", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("one").sessionPublicId;
    sandbox.reply(session, "two");
    await setFaults(sandbox, { replay: 2, foreignPush: true });
    using visitor = await listen(sandbox, visitorPath(session));
    sandbox.reply(session, "three");
    expect(await visitor.received(6)).toMatchObject([
      { payload: { content: "one" } },
      { payload: { content: "two" } },
      { payload: { content: "one" } },
      { payload: { content: "two" } },
      { payload: { content: "three", sessionPublicId: session } },
      { payload: { sessionPublicId: "another-visitors-session" } },
    ]);

    await setFaults(sandbox, { replay: 0, foreignPush: false, nonMessageFrames: true });
    sandbox.reply(session, "four");
    const frames = (await visitor.received(16)).slice(6);
    expect(frames.at(-1)).toMatchObject({ payload: { content: "four" } });
    expect(frames).toContain("ping");
    expect(frames.some((frame) => frame instanceof Buffer)).toBe(true);
  });

  it("loses pushes, and keeps the messages", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { losePushes: 1 });
    sandbox.reply(session, "Lost");
    sandbox.reply(session, "Received");
    expect(await visitor.received(1)).toMatchObject([{ payload: { content: "Received" } }]);
    expect(await listContents(sandbox, session)).toEqual(["Hello", "Lost", "Received"]);
  });

  it("pushes late", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { pushDelayMs: 30 });
    sandbox.reply(session, "Late");
    await roundTrip(visitor);
    expect(visitor.frames).toEqual([]);
    await visitor.received(1);
  });
});

describe("dialects", () => {
  const names = Object.keys(DIALECTS) as DialectName[];

  it.each(names)("%s is spoken by sends, lists, status and sockets alike", async (dialect) => {
    await using sandbox = await startSandbox({ faults: true });
    await setFaults(sandbox, { dialect });
    const sent = await send(sandbox, { content: "Needle in a haystack" });
    const [session] = sandbox.sessions();
    const publicId = String(session?.publicId);
    expect(JSON.stringify(sent.body)).toContain(publicId);

    using visitor = await listen(sandbox, visitorPath(publicId));
    const reply = sandbox.reply(publicId, "Found");
    const [frame] = await visitor.received(1);
    const list = await call(sandbox, "GET", `${CHAT}/sessions/${publicId}/messages`, { headers: asServer });
    const axes = DIALECTS[dialect];
    for (const shown of [JSON.stringify(frame), JSON.stringify(list.body)]) {
      expect(shown).toContain(`"${axes.id}":"${reply.id}"`);
      expect(shown).toContain(`"${axes.content}":"Found"`);
      expect(shown).toContain(`"${axes.time}":`);
    }
    expect(Array.isArray(list.body)).toBe(axes.list === "bare");
    const status = await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer });
    expect(JSON.stringify(status.body)).toMatch(/away|AWAY|false/);
  });

  it("may be put together axis by axis", async () => {
    await using sandbox = await startSandbox({ faults: true, nowMs: () => 1_800_000_000_123 });
    await setFaults(sandbox, { dialect: { list: "items", author: "direction", timeFormat: "epochMs" } });
    const session = sandbox.send("Hello").sessionPublicId;
    const { body } = await call(sandbox, "GET", `${CHAT}/sessions/${session}/messages`, {
      headers: asServer,
    });
    expect(body).toMatchObject({ items: [{ direction: "INBOUND", createdAt: 1_800_000_000_123 }] });
  });

  it("leaves the dashboard as it is", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    await setFaults(sandbox, { dialect: "bare" });
    const history = await call(sandbox, "GET", `${DASHBOARD}/sessions/${session}/messages`, {
      headers: asOwner,
    });
    expect(history.body).toMatchObject({ messages: [{ senderType: "VISITOR" }] });
  });
});

describe("test support", () => {
  it("adds many messages in one call and lists the truth behind every fault", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("0").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    await setFaults(sandbox, { pageSize: 10 });
    const json = {
      sessionPublicId: session,
      count: 250,
      content: "n{n}",
      firstAtMs: Date.now() + 1000,
      stepMs: 2,
    };
    const added = await call(sandbox, "POST", "/__sandbox/messages", { json });
    expect((added.body as { messages: unknown[] }).messages).toHaveLength(250);
    await visitor.received(250);

    const truth = await call(sandbox, "GET", `/__sandbox/messages?sessionPublicId=${session}`);
    const { messages } = truth.body as { messages: { content: string; createdAt: string }[] };
    expect(messages).toHaveLength(251);
    expect(messages.at(-1)).toMatchObject({ content: "n250", senderType: "OWNER" });
    const [first, second] = messages.slice(1).map(({ createdAt }) => Date.parse(createdAt));
    expect(Number(second) - Number(first)).toBe(2);

    expect(
      await call(sandbox, "POST", "/__sandbox/messages", { json: { ...json, sessionPublicId: "x" } }),
    ).toMatchObject({ status: 404 });
  });

  it("counts requests by route and status, open sockets and messages", async () => {
    await using sandbox = await startSandbox({ faults: true });
    const session = sandbox.send("Hello").sessionPublicId;
    using _visitor = await listen(sandbox, visitorPath(session));
    await send(sandbox, { content: "x", sessionPublicId: session });
    await send(sandbox, { content: "" });
    await eventually(async () => (await call(sandbox, "GET", "/__sandbox/stats")).body).toMatchObject({
      requests: { send: { requests: 2, statuses: { 200: 1, 400: 1 } }, visitorSocket: { requests: 1 } },
      sockets: { visitor: 1, owner: 0 },
      messages: { [session]: 2 },
    });
    await call(sandbox, "DELETE", "/__sandbox/stats");
    expect(sandbox.stats().requests.send.requests).toBe(0);
  });
});
