import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BODY_MAX_BYTES,
  type ChatConfig,
  DEFAULT_BASE_PATH,
  HEARTBEAT_MS,
  LONG_POLL_MAX_SECONDS,
  type Problem,
} from "@mailoo-chat/protocol";
import { type Sandbox, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createBffCalls } from "../src/bff-calls.ts";
import { createVisitor } from "../src/headless-visitor.ts";
import { openSocket } from "../src/open-socket.ts";
import { postFrom } from "../src/post-from.ts";
import { type Bff, startBff } from "../src/servers/start-bff.ts";
import { hasNginx, startNginx } from "../src/servers/start-nginx.ts";
import { startRedis } from "../src/servers/start-redis.ts";

const ORIGIN = "http://localhost:5173";
const NEW_SESSIONS = 25;

if (!hasNginx()) console.warn("NOT TRIED: the tests behind nginx, for there is no nginx on this machine");

/** The topology of `examples/docker-compose`: nginx, two replicas, Redis, as plain processes. */
describe.runIf(hasNginx())("behind nginx", { concurrent: true, timeout: 90_000 }, () => {
  const started = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let replicas: readonly Bff[];
  let base: string;

  beforeAll(async () => {
    sandbox = started.use(await startSandbox());
    const redis = started.use(await startRedis());
    const options = {
      platformUrl: sandbox.url,
      allowedOrigins: [ORIGIN],
      env: {
        REDIS_URL: redis.url,
        // As in the example's compose file.
        TRUST_PROXY: "1",
        METRICS: "on",
        MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: `${NEW_SESSIONS}/600`,
      },
    };
    replicas = await Promise.all([startBff(options), startBff(options)]);
    for (const replica of replicas) started.use(replica);
    const nginx = started.use(await startNginx(replicas.map(({ port }) => port)));
    base = `${nginx.url}${DEFAULT_BASE_PATH}`;
  }, 60_000);
  afterAll(() => started.disposeAsync());

  it("sockets connect to both replicas and receive messages sent to either", async ({ expect }) => {
    const calls = createBffCalls(base, ORIGIN);
    const { realtime } = (await calls.get("/config")).body as ChatConfig;
    const address = new URL(realtime.ws ?? "", `${base}/config`.replace("http", "ws")).href;
    expect(address).toBe(`${base.replace("http", "ws")}/ws`);
    const { session } = (await calls.submit({ content: "Hello" })).body;
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = openSocket(address, ORIGIN);
        await socket.ready(session.token);
        return socket;
      }),
    );
    for (const replica of replicas) {
      const metrics = await (await fetch(`${replica.url}/metrics`)).text();
      expect(Number(/^mailoo_chat_sockets (\d+)/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    }
    sandbox.reply(session.sessionPublicId, "an answer");
    await calls.submit({ content: "another question" }, session.token);
    for (const socket of sockets) {
      await expect
        .poll(() => socket.contents(), { timeout: 10_000 })
        .toEqual(expect.arrayContaining(["an answer", "another question"]));
      socket[Symbol.dispose]();
    }
  });

  it("idle connections are not cut: a long poll completes, and a socket outlives its heartbeat", async ({
    expect,
  }) => {
    const example = await readFile(join(REPOSITORY, "examples/docker-compose/nginx.conf"), "utf8");
    const timeoutMs = Number(/proxy_read_timeout (\d+)s;/.exec(example)?.[1]) * 1_000;
    expect(timeoutMs).toBeGreaterThan(2 * Math.max(HEARTBEAT_MS, LONG_POLL_MAX_SECONDS * 1_000));

    const calls = createBffCalls(base, ORIGIN);
    const { session } = (await calls.submit({ content: "a quiet visitor" })).body;
    const { cursor } = (await calls.messages(session.token)).body;
    using socket = openSocket(`${base.replace("http", "ws")}/ws`, ORIGIN);
    await socket.ready(session.token);
    const askedAtMs = performance.now();
    const held = await calls.messages(session.token, {
      ...(cursor !== null && { since: cursor }),
      wait: LONG_POLL_MAX_SECONDS,
    });
    expect([held.status, held.body.messages]).toEqual([200, []]);
    expect(performance.now() - askedAtMs).toBeGreaterThan(LONG_POLL_MAX_SECONDS * 1_000 - 1_000);
    expect(socket.frames.filter(({ type }) => type === "ping")).toHaveLength(1);
    sandbox.reply(session.sessionPublicId, "after a long silence");
    await expect.poll(() => socket.contents(), { timeout: 10_000 }).toContain("after a long silence");
  });

  it.runIf(process.platform === "linux")(
    "limits count the visitor's address as seen by nginx, regardless of the visitor's header",
    async ({ expect }) => {
      const first = async (localAddress: string, forwardedFor: string) =>
        postFrom({ localAddress, url: `${base}/submit`, forwardedFor, origin: ORIGIN });
      for (let count = 0; count < NEW_SESSIONS; count += 1) {
        expect((await first("127.0.0.2", `203.0.113.${count}`)).status).toBe(201);
      }
      const refused = await first("127.0.0.2", "198.51.100.7");
      expect([refused.status, (JSON.parse(refused.body) as Problem).code]).toEqual([429, "rate_limited"]);
      expect((await first("127.0.0.3", "127.0.0.2")).status).toBe(201);
    },
  );

  it("a body of 64 KiB is accepted, and a larger one is refused with an error that a page can read", async ({
    expect,
  }) => {
    const post = (bytes: number) => {
      const frame = JSON.stringify({ content: "large", padding: "" }).length;
      return fetch(`${base}/submit`, {
        method: "POST",
        headers: { origin: ORIGIN, "content-type": "application/json" },
        body: JSON.stringify({ content: "large", padding: "x".repeat(bytes - frame) }),
      });
    };
    expect((await post(BODY_MAX_BYTES)).status).toBe(201);
    const refused = await post(BODY_MAX_BYTES + 1);
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([413, ORIGIN]);
    await expect(refused.json()).resolves.toMatchObject({ code: "payload_too_large" });
  });

  it("[DELIVERY-7] a reload while visitors write loses and doubles nothing, and cuts no socket", async ({
    expect,
  }) => {
    // A separate instance: a reload closes idle connections, on which another test may be starting a request.
    await using reloaded = await startNginx(replicas.map(({ port }) => port));
    const baseUrl = `${reloaded.url}${DEFAULT_BASE_PATH}`;
    const stop = new AbortController();
    const visitors = Array.from({ length: 6 }, () => createVisitor({ baseUrl, origin: ORIGIN }));
    using opened = new DisposableStack();
    for (const visitor of visitors) opened.use(visitor);
    const acknowledged: string[] = [];
    await Promise.all(
      visitors.map(async ({ client }, index) => {
        client.open();
        acknowledged.push((await client.send(`visitor ${index} begins`)).content);
      }),
    );
    await expect
      .poll(() => visitors.every(({ client }) => client.state.connection.name === "online"), {
        timeout: 20_000,
      })
      .toBe(true);
    const dialsBefore = visitors.map(({ dialsAtMs }) => dialsAtMs.length);

    const writing = visitors.map(async ({ client }, index) => {
      for (let count = 0; !stop.signal.aborted; count += 1) {
        acknowledged.push((await client.send(`visitor ${index} writes ${count}`)).content);
      }
    });
    for (let round = 1; round <= 3; round += 1) {
      const soFar = acknowledged.length;
      await reloaded.reload();
      await expect
        .poll(() => acknowledged.length, { timeout: 20_000 })
        .toBeGreaterThan(soFar + visitors.length);
    }
    stop.abort();
    await Promise.all(writing);

    const stored = sandbox
      .sessions()
      .flatMap(({ publicId }) => sandbox.messages(publicId).map(({ content }) => content));
    expect(stored.filter((content) => content.startsWith("visitor ")).toSorted()).toEqual(
      acknowledged.toSorted(),
    );
    for (const [index, visitor] of visitors.entries()) {
      const own = acknowledged.filter((content) => content.startsWith(`visitor ${index} `));
      await expect.poll(visitor.confirmed, { timeout: 20_000 }).toEqual(own);
    }
    expect(visitors.map(({ dialsAtMs }) => dialsAtMs.length)).toEqual(dialsBefore);
  });
});
