import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import express from "express";
import { describe, expect, it } from "vitest";
import { createChatBff } from "../src/index.ts";
import { type BffCalls, createBffCalls, makeVisitorKey } from "./support/bff-calls.ts";
import { startRedis } from "./support/redis.ts";
import { runBffCommand } from "./support/spawn-bff.ts";
import { bffEnvironment, SITE, startBff, type TestBff } from "./support/start-bff.ts";

/** For a busy machine. */
const PATIENT = { timeout: 10_000 };
const SLOW = { timeout: 60_000 };

/** A platform with the seed's integration and one for sales. */
async function startPlatform(): Promise<{ readonly sandbox: Sandbox; readonly salesId: string }> {
  const sandbox = await startSandbox();
  const answer = await fetch(`${sandbox.url}/api/v1/webhooks/chat/${SEED.projectUid}/integrations`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-API-Key": SEED.apiKey },
    body: JSON.stringify({ name: "Sales", config: { allowedOrigins: [SITE] } }),
  });
  expect(answer.ok).toBe(true);
  const sales = sandbox.integrations().find(({ name }) => name === "Sales");
  return { sandbox, salesId: sales?.publicId ?? "" };
}

interface SeveralChats extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly salesId: string;
  readonly bff: TestBff;
  /** What pages ask each of them. */
  readonly support: BffCalls;
  readonly sales: BffCalls;
}

async function startSeveral(
  env: Record<string, string> = {},
  ofSales: Record<string, string> = {},
): Promise<SeveralChats> {
  const { sandbox, salesId } = await startPlatform();
  const bff = await startBff({ platform: sandbox, env: { ...env, ...chatsOf(salesId, ofSales) } });
  return {
    sandbox,
    salesId,
    bff,
    support: createBffCalls(`${bff.url}/support`, SITE),
    sales: createBffCalls(`${bff.url}/sales`, SITE),
    async [Symbol.asyncDispose]() {
      await bff.close();
      await sandbox.close();
    },
  };
}

function chatsOf(salesId: string, ofSales: Record<string, string> = {}): Record<string, string> {
  const chats = {
    "/support": { MAILOO_CHAT_WELCOME_MESSAGE: "Support here" },
    "/sales": { MAILOO_CHAT_INTEGRATION_ID: salesId, ...ofSales },
  };
  return { MAILOO_CHAT_CHATS: JSON.stringify({ chats }) };
}

describe("several chats in one server", () => {
  it("have each their path, integration, texts, files and sockets, and tokens that open no other", async () => {
    await using several = await startSeveral();
    const { support, sales, sandbox, salesId, bff } = several;
    expect((await support.chatConfig()).body).toMatchObject({ welcomeMessage: "Support here" });
    expect((await sales.chatConfig()).body).not.toMatchObject({ welcomeMessage: "Support here" });
    const asked = (await support.submit({ content: "It is broken" })).body.session;
    const bought = (await sales.submit({ content: "How much is it?" })).body.session;
    expect(sandbox.sessions().map(({ publicId }) => publicId)).toEqual([asked.sessionPublicId]);
    expect(sandbox.sessions(salesId).map(({ publicId }) => publicId)).toEqual([bought.sessionPublicId]);

    const foreign = { headers: { Authorization: `Bearer ${asked.token}` } };
    expect((await sales.problem("/messages", foreign)).body.code).toBe("session_token_invalid");
    const socket = sales.socket();
    await socket.opened();
    socket.hello(asked.token);
    expect(await socket.closed()).toBe(4401);
    for (const [calls, session] of [
      [support, asked],
      [sales, bought],
    ] as const) {
      const own = calls.socket();
      await own.opened();
      own.hello(session.token);
      expect((await own.ready()).messages).toHaveLength(1);
      sandbox.reply(session.sessionPublicId, "An answer");
      await own.message("An answer");
      own.close();
      expect((await calls.request("/widget.js")).status).toBe(200);
    }
    const elsewhere = createBffCalls(`${bff.url}/elsewhere`, SITE);
    expect(JSON.parse((await elsewhere.socket().refused()).body).code).toBe("not_found");
    expect((await elsewhere.problem("/config")).body.code).toBe("not_found");
    expect((await fetch(`${bff.url}/widget.js`)).status).toBe(404);
  });

  it("share health, readiness, metrics and the drain of the server", async () => {
    await using several = await startSeveral({ METRICS: "on", MAILOO_CHAT_LIMIT_IP_REQUESTS: "0" });
    const { bff, support, sales } = several;
    await support.submit({ content: "one" });
    await sales.submit({ content: "two" });
    await sales.submit({ content: "three" });
    await expect.poll(async () => (await fetch(`${bff.url}/readyz`)).status, PATIENT).toBe(200);
    expect(await (await fetch(`${bff.url}/readyz`)).json()).toMatchObject({
      ready: true,
      checks: { "/support/key": "ok", "/sales/platform": "ok" },
    });
    expect((await fetch(`${bff.url}/healthz`)).status).toBe(200);
    const metrics = await (await fetch(`${bff.url}/metrics`)).text();
    expect(metrics).toMatch(/^mailoo_chat_sends_total\{outcome="sent",chat="\/support"\} 1$/m);
    expect(metrics).toMatch(/^mailoo_chat_sends_total\{outcome="sent",chat="\/sales"\} 2$/m);
    expect(metrics).toMatch(/^process_start_time_seconds \d/m);
    const families = metrics.match(/(?<=^# TYPE )\S+/gm) ?? [];
    expect(new Set(families).size).toBe(families.length);
    await using onOwnPort = await startSeveral({ METRICS_PORT: "0" });
    const elsewhere = await (await fetch(onOwnPort.bff.metricsUrl ?? "")).text();
    expect(elsewhere).toMatch(/^mailoo_chat_sockets\{chat="\/sales"\} 0$/m);
    expect((await fetch(`${onOwnPort.bff.url}/metrics`)).status).toBe(404);
    const chats = bff.log.lines.filter(({ route }) => route === "submit").map(({ chat }) => chat);
    expect(chats.toSorted()).toEqual(["/sales", "/sales", "/support"]);

    const drained = bff.drain();
    expect((await fetch(`${bff.url}/readyz`)).status).toBe(503);
    for (const calls of [support, sales]) {
      expect((await calls.submitProblem({ content: "late" })).body.code).toBe("draining");
    }
    await drained;
  });

  it("have a page at the root only if the chat of the default path allows it", async () => {
    const { sandbox, salesId } = await startPlatform();
    await using _ = { [Symbol.asyncDispose]: () => sandbox.close() };
    const pageAt = async (path: string, ofDefault: readonly string[]) => {
      const chats = {
        "/api/v1/webhooks/chat": { MAILOO_CHAT_ALLOWED_ORIGINS: [SITE, ...ofDefault] },
        "/sales": {
          MAILOO_CHAT_INTEGRATION_ID: salesId,
          MAILOO_CHAT_ALLOWED_ORIGINS: "http://127.0.0.1:8787",
        },
      };
      await using bff = await startBff({
        platform: sandbox,
        env: { MAILOO_CHAT_CHATS: JSON.stringify({ chats }) },
      });
      return (await fetch(bff.url + path, { headers: { "X-Forwarded-Host": "127.0.0.1:8787" } })).status;
    };
    expect(await pageAt("/chat", [])).toBe(404);
    expect(await pageAt("/chat", ["http://127.0.0.1:8787"])).toBe(200);
    expect(await pageAt("/sales/chat", [])).toBe(200);
  });

  it("stay up if the platform refuses the key of one, which its checks tell", async () => {
    await using several = await startSeveral({}, { MAILOO_CHAT_INTEGRATION_API_KEY: "ml_revoked" });
    const { bff, support, sales } = several;
    const checks = async (url: string) => {
      const answer = await fetch(`${url}/readyz`);
      return { status: answer.status, ...((await answer.json()) as { checks: Record<string, string> }) };
    };
    await expect
      .poll(() => checks(bff.url), PATIENT)
      .toMatchObject({
        status: 200,
        checks: { "/sales/key": "down", "/support/key": "ok" },
      });
    expect((await checks(`${bff.url}/sales`)).status).toBe(503);
    expect((await checks(`${bff.url}/support`)).status).toBe(200);
    expect((await support.submit({ content: "It is broken" })).status).toBe(201);
    expect((await sales.submitProblem({ content: "x" })).status).toBeGreaterThanOrEqual(500);
  });

  it.each(["memory", "Redis"])("keep first messages, sends and limits apart in %s", SLOW, async (store) => {
    await using redis = store === "Redis" ? await startRedis() : null;
    await using several = await startSeveral({
      ...(redis && { REDIS_URL: redis.url }),
      MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "1/600",
    });
    const { support, sales, sandbox, salesId, bff } = several;
    if (redis) {
      await expect
        .poll(async () => (await fetch(`${bff.url}/readyz`)).json(), PATIENT)
        .toMatchObject({ checks: { "/support/redis": "ok", "/sales/redis": "ok" } });
    }
    // A page that uses one key for both, and one id for two messages.
    const message = { visitorKey: makeVisitorKey(), clientMessageId: "c1" };
    const asked = await support.submit({ ...message, content: "It is broken" });
    const bought = await sales.submit({ ...message, content: "How much is it?" });
    expect([asked.status, bought.status]).toEqual([201, 201]);
    expect(bought.body.session.sessionPublicId).not.toBe(asked.body.session.sessionPublicId);
    expect([sandbox.sessions(), sandbox.sessions(salesId)].map(({ length }) => length)).toEqual([1, 1]);
    expect(
      (await support.submit({ ...message, content: "It is broken" }, asked.body.session.token)).status,
    ).toBe(200);
    if (!redis) return;
    await using client = await redis.connect();
    const prefixes = (await client.keys("*")).map((key) => /^mc:[\w-]{16}:(?=mc:)/.exec(key)?.[0]);
    expect(new Set(prefixes).size).toBe(2);
    expect(prefixes).not.toContain(undefined);
  });

  it.each(["", "/", "/sales/"])(
    "are checked from outside by the server's address and %j",
    SLOW,
    async (path) => {
      await using several = await startSeveral();
      const { sandbox, salesId, bff } = several;
      const env = { ...bffEnvironment(sandbox.url), ...chatsOf(salesId) };
      const { stdout } = await runBffCommand(["check", "--json", "--url", bff.url + path], env);
      const { findings } = JSON.parse(stdout) as { findings: { id: string }[] };
      expect(findings.filter(({ id }) => id !== "trust-proxy")).toEqual([]);
    },
  );

  it("are checked one by one, and a mistake names its chat", SLOW, async () => {
    const { sandbox, salesId } = await startPlatform();
    await using _ = { [Symbol.asyncDispose]: () => sandbox.close() };
    const wrongKey = { MAILOO_CHAT_INTEGRATION_API_KEY: "ml_revoked" };
    const env = { ...bffEnvironment(sandbox.url), ...chatsOf(salesId, wrongKey) };
    const checked = await runBffCommand(["check", "--json"], env);
    expect(checked.code).toBe(1);
    const { findings } = JSON.parse(checked.stdout) as { findings: { id: string; chat?: string }[] };
    expect(findings.filter(({ id }) => id !== "trust-proxy")).toMatchObject([
      { id: "platform-status", chat: "/sales" },
    ]);
    const { stdout } = await runBffCommand(["check"], env);
    expect(stdout).toContain("✗ /sales: platform-status");
    expect(stdout).toContain("in the chats file");

    const started = await runBffCommand([], { ...env, ...chatsOf(salesId, { MAILOO_CHAT_HOURS: "always" }) });
    expect(started.code).toBe(78);
    expect(started.stderr).toMatch(/^\/sales MAILOO_CHAT_HOURS: [^\n]*\n$/);
  });
});

describe("several chats in one application", () => {
  it("have a path and their own sockets each, by option or by file", async () => {
    const { sandbox, salesId } = await startPlatform();
    await using _ = { [Symbol.asyncDispose]: () => sandbox.close() };
    const env = bffEnvironment(sandbox.url, { LOG_LEVEL: "silent" });
    const byFile = { ...env, ...chatsOf(salesId) };
    for (const envs of [
      [env, { ...env, MAILOO_CHAT_INTEGRATION_ID: salesId }],
      [byFile, byFile],
    ]) {
      const bffs = ["/support", "/sales"].map((basePath, index) =>
        createChatBff({ basePath, env: envs[index] ?? {} }),
      );
      const app = express();
      const server = createServer(app);
      const [support, sales] = bffs;
      if (!support || !sales) throw new Error("two chats");
      app.use("/support", support.router).use("/sales", sales.router);
      for (const bff of bffs) bff.attach(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      for (const [path, integrationId] of [
        ["/support", undefined],
        ["/sales", salesId],
      ] as const) {
        const before = sandbox.sessions(integrationId).length;
        const calls = createBffCalls(`${url}${path}`, SITE);
        const { session } = (await calls.submit({ content: "Hello" })).body;
        expect(sandbox.sessions(integrationId)).toHaveLength(before + 1);
        const socket = calls.socket();
        await socket.opened();
        socket.hello(session.token);
        expect((await socket.ready()).messages).toHaveLength(1);
        socket.close();
      }
      await Promise.all(bffs.map((bff) => bff.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("are not concerned by each other's options and mistakes; an option precedes the file", async () => {
    const env = {
      ...bffEnvironment("http://127.0.0.1:9", { LOG_LEVEL: "silent" }),
      MAILOO_CHAT_CHATS: JSON.stringify({
        defaults: {
          MAILOO_CHAT_WEBHOOK_URL: "https://of-the-file.example",
          MAILOO_CHAT_WEBHOOK_SECRET: "wrong",
        },
        chats: { "/support": { MAILOO_CHAT_VISITOR_SESSIONS: true }, "/sales": {}, "/help": { PORT: 1 } },
      }),
    };
    const webhook = { url: "https://hooks.example", secret: `whsec_${"A".repeat(40)}` };
    const bffs = [
      createChatBff({ env, webhook, basePath: "/support", resolveVisitor: () => null }),
      createChatBff({ env, webhook, basePath: "/sales" }),
    ];
    await Promise.all(bffs.map((bff) => bff.close()));
    expect(() => createChatBff({ env, basePath: "/sales" })).toThrow(/\/sales MAILOO_CHAT_WEBHOOK_SECRET: /);
    expect(() => createChatBff({ env, webhook, basePath: "/help" })).toThrow(/\/help PORT: /);
    expect(() => createChatBff({ env, webhook, basePath: "/support" })).toThrow(/VISITOR_SESSIONS/);
  });

  it("do not take each other's upgrades, and cannot share a path", () => {
    const env = bffEnvironment("http://127.0.0.1:9", { LOG_LEVEL: "silent" });
    const server = createServer();
    const [support, again, anywhere] = ["/support", "/support", undefined].map((basePath) =>
      createChatBff({ env, ...(basePath !== undefined && { basePath }) }),
    );
    const detach = support?.attach(server);
    expect(() => again?.attach(server)).toThrow(TypeError);
    expect(() => anywhere?.attach(server)).toThrow(/basePath/);
    detach?.();
    again?.attach(server);
    expect(server.listenerCount("upgrade")).toBe(1);
    const byFile = { ...env, ...chatsOf("int_2") };
    expect(() => createChatBff({ env: byFile })).toThrow(/one of the chats .*: \/support, \/sales/);
    return Promise.all([support, again, anywhere].map((bff) => bff?.close()));
  });
});
