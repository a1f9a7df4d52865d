import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import express, { type Express, type RequestHandler } from "express";
import express4 from "express-4";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type ChatBffOptions, ConfigError, createChatBff } from "../src/index.ts";
import { createBffCalls, submitInit } from "./support/bff-calls.ts";
import { bffEnvironment, SITE } from "./support/start-bff.ts";

interface Mounted extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
  readonly sandbox: Awaited<ReturnType<typeof startSandbox>>;
  readonly bff: ReturnType<typeof createChatBff>;
}

/** An application of somebody else's, with a BFF where `mount` puts it. */
async function startApplication(
  mount: (app: Express, bff: ReturnType<typeof createChatBff>) => void,
  options: Omit<ChatBffOptions, "env"> & { readonly env?: Record<string, string> } = {},
): Promise<Mounted> {
  const sandbox = await startSandbox();
  const { env, ...rest } = options;
  const bff = createChatBff({ ...rest, env: bffEnvironment(sandbox.url, { LOG_LEVEL: "silent", ...env }) });
  const app = express();
  mount(app, bff);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    sandbox,
    bff,
    async [Symbol.asyncDispose]() {
      await bff.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sandbox.close();
    },
  };
}

describe("a BFF mounted in an application", () => {
  it.each<[string, RequestHandler[]]>([
    ["before a body parser", []],
    ["behind express.json()", [express.json(), express.urlencoded({ extended: true })]],
    ["behind express.text()", [express.text({ type: "*/*", limit: "1mb" })]],
    ["behind express.raw()", [express.raw({ type: "*/*", limit: "1mb" })]],
  ])("works %s", async (_where, parsers) => {
    await using mounted = await startApplication((app, bff) => {
      for (const parser of parsers) app.use(parser);
      app.use(DEFAULT_BASE_PATH, bff.router);
    });
    const calls = createBffCalls(`${mounted.url}${DEFAULT_BASE_PATH}`, SITE);
    expect((await calls.submit({ content: "Hello" })).status).toBe(201);
    expect((await calls.submitProblem({})).body.code).toBe("invalid_request");
    expect((await calls.problem("/nope")).body.code).toBe("not_found");
    const large = await calls.submitProblem({ content: "x", padding: "x".repeat(70_000) });
    expect(large.body.code).toBe("payload_too_large");
  });

  it("works in Express 4, with a signed-in visitor", async () => {
    await using sandbox = await startSandbox();
    const bff = createChatBff({
      env: bffEnvironment(sandbox.url, { LOG_LEVEL: "silent" }),
      resolveVisitor: () => ({ name: "Ada", email: "ada@example.com" }),
    });
    const app = express4();
    app.use(express4.json());
    app.use("/chat", bff.router);
    const server = createServer(app);
    bff.attach(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const calls = createBffCalls(`http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`, SITE);
    const sent = await calls.submit({ content: "Hello" });
    expect(sent.status).toBe(201);
    expect((await calls.problem("/messages?wait=1&wait=2")).body.code).toBe("invalid_request");
    const socket = calls.socket();
    await socket.opened();
    socket.close();
    expect(sandbox.sessions()).toMatchObject([{ visitorEmail: "ada@example.com" }]);
    await bff.close();
    server.closeAllConnections();
    server.close();
  });

  it("calls the application's hooks, and survives one that throws", async () => {
    const calls: string[] = [];
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router), {
      telemetry: {
        upstreamCall: ({ operation, outcome }) => void calls.push(`${operation} ${outcome}`),
        sendSettled() {
          throw new Error("a hook of the application's");
        },
      },
    });
    const { submit } = createBffCalls(`${mounted.url}/chat`, SITE);
    expect((await submit({ content: "Hello" })).status).toBe(201);
    expect(calls).toContain("send ok");
  });

  it("answers a conditional request for the configuration although the application has disabled ETags", async () => {
    await using mounted = await startApplication((app, bff) => app.disable("etag").use("/chat", bff.router));
    const ask = (headers: Record<string, string>) =>
      fetch(`${mounted.url}/chat/config`, { headers: { Origin: SITE, ...headers } });
    const etag = (await ask({})).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"/);
    expect((await ask({ "If-None-Match": etag })).status).toBe(304);
  });

  it("does not ask visitors for what the application knows of them", async () => {
    const visitors = new Map([["ada", { name: "Ada", email: "ada@example.com" }]]);
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router), {
      env: { MAILOO_CHAT_PRE_CHAT: "name,email:required" },
      resolveVisitor: (req) => visitors.get(String(req.headers.cookie)),
    });
    const config = async (cookie: string) => {
      const answer = await fetch(`${mounted.url}/chat/config`, { headers: { Origin: SITE, cookie } });
      const { preChat } = (await answer.json()) as { preChat: { fields: { name: string }[] } };
      return [answer.headers.get("cache-control"), preChat.fields.map(({ name }) => name)];
    };
    expect(await config("nobody")).toEqual(["no-store", ["name", "email"]]);
    expect(await config("ada")).toEqual(["no-store", []]);
    const { headers, ...init } = submitInit({ content: "Hello" });
    const sent = await fetch(`${mounted.url}/chat/submit`, {
      ...init,
      headers: { ...headers, Origin: SITE, cookie: "ada" },
    });
    expect(sent.status).toBe(201);
    expect(mounted.sandbox.sessions()).toMatchObject([{ visitorEmail: "ada@example.com" }]);
  });

  it("answers internal without the reason if the application fails to name the visitor", async () => {
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router), {
      resolveVisitor: async () => {
        throw new Error("the session store said: password wrong");
      },
    });
    const { status, body } = await createBffCalls(`${mounted.url}/chat`, SITE).submitProblem({
      content: "x",
    });
    expect([status, body.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(body)).not.toContain("password");
    expect(mounted.sandbox.sessions()).toEqual([]);
  });

  it("counts addresses, of sockets too, by the application's own `trust proxy`", async () => {
    await using mounted = await startApplication(
      (app, bff) => {
        app.set("trust proxy", 1);
        app.use("/chat", bff.router);
      },
      { env: { MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60", TRUST_PROXY: "0" } },
    );
    mounted.bff.attach(mounted.server);
    const ask = (address: string) =>
      fetch(`${mounted.url}/chat/status`, { headers: { Origin: SITE, "X-Forwarded-For": address } });
    expect((await ask("203.0.113.1")).status).toBe(200);
    expect((await ask("203.0.113.2")).status).toBe(200);
    expect((await ask("203.0.113.2")).status).toBe(429);
    const calls = createBffCalls(`${mounted.url}/chat`, SITE);
    const upgrade = calls.socket({ headers: { "X-Forwarded-For": "203.0.113.1" } });
    expect((await upgrade.refused()).status).toBe(429);
  });

  it("knows the application's `trust proxy` even if the first request is an upgrade", async () => {
    await using mounted = await startApplication(
      (app, bff) => {
        app.set("trust proxy", 1);
        app.use("/chat", bff.router);
      },
      { env: { MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60" } },
    );
    mounted.bff.attach(mounted.server);
    const dial = (address: string) =>
      createBffCalls(`${mounted.url}/chat`, SITE).socket({ headers: { "X-Forwarded-For": address } });
    for (const address of ["203.0.113.1", "203.0.113.2"]) {
      const socket = dial(address);
      await socket.opened();
      socket.close();
    }
    expect((await dial("203.0.113.2").refused()).status).toBe(429);
  });

  it("works below any path, and offers and accepts sockets there", async () => {
    await using mounted = await startApplication((app, bff) => {
      app.use("/support/:tenant/chat", bff.router);
    });
    const base = `${mounted.url}/support/acme/chat`;
    const calls = createBffCalls(base, SITE);
    expect((await calls.chatConfig()).body).toMatchObject({ realtime: { ws: null } });
    mounted.bff.attach(mounted.server);
    const { realtime } = (await calls.chatConfig()).body as { realtime: { ws: string } };
    expect(new URL(realtime.ws, `${base}/config`).href).toBe(`${base}/ws`);
    const { session } = (await calls.submit({ content: "Hello" })).body;
    const socket = calls.socket();
    await socket.opened();
    socket.hello(session.token);
    expect((await socket.ready()).messages).toHaveLength(1);
    socket.close();
  });

  it("does not touch paths and upgrades of others", async () => {
    await using mounted = await startApplication((app, bff) => {
      app.use(bff.router);
      app.get("/hello", (_req, res) => {
        res.send("of the application");
      });
    });
    const others = new WebSocketServer({ noServer: true });
    mounted.server.on("upgrade", (req, socket, head) => {
      if (req.url === "/live/ws")
        others.handleUpgrade(req, socket, head, (accepted) => accepted.send("of the application"));
    });
    mounted.bff.attach(mounted.server);
    await expect((await fetch(`${mounted.url}/hello`)).text()).resolves.toBe("of the application");
    expect((await fetch(`${mounted.url}/nope`)).headers.get("content-type")).toContain("text/html");
    expect((await fetch(`${mounted.url}/status`)).status).toBe(200);
    const live = new WebSocket(`${mounted.url.replace("http", "ws")}/live/ws`);
    const [greeting] = await new Promise<[Buffer]>((resolve) =>
      live.once("message", (data) => resolve([data as Buffer])),
    );
    expect(greeting.toString()).toBe("of the application");
    live.terminate();
  });

  it("handles only the path of its option", async () => {
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router), {
      basePath: "/chat",
    });
    const detach = mounted.bff.attach(mounted.server);
    const calls = createBffCalls(`${mounted.url}/chat`, SITE);
    const socket = calls.socket();
    await socket.opened();
    socket.close();
    detach();
    expect(mounted.server.listenerCount("upgrade")).toBe(0);
    expect(() => createChatBff({ basePath: "chat/" })).toThrow(TypeError);
  });

  it("names the visitor as the application does", async () => {
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router), {
      resolveVisitor: (req) =>
        req.get("X-User") ? { name: req.get("X-User") ?? "", email: "ann@example.com" } : null,
    });
    const post = (headers: Record<string, string>) =>
      fetch(`${mounted.url}/chat/submit`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: SITE, ...headers },
        body: JSON.stringify({
          content: "Hello",
          clientMessageId: headers["X-User"] ?? "guest",
          visitor: { name: "Bob" },
        }),
      });
    expect((await post({ "X-User": "Ann" })).status).toBe(201);
    expect((await post({})).status).toBe(201);
    const names = mounted.sandbox.sessions().map(({ visitorName }) => visitorName);
    expect(new Set(names)).toEqual(new Set(["Ann", null]));
  });

  it("issues tokens for sessions of the application", async () => {
    await using mounted = await startApplication((app, bff) => app.use("/chat", bff.router));
    const { sessionPublicId } = mounted.sandbox.send("from the desk");
    const token = await mounted.bff.issueSessionToken(sessionPublicId);
    const { body } = await createBffCalls(`${mounted.url}/chat`, SITE).messages(token);
    expect(body.messages.map(({ content }) => content)).toEqual(["from the desk"]);
  });

  it("refuses a wrong environment at once", () => {
    expect(() => createChatBff({ env: {} })).toThrow(ConfigError);
  });
});
