import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startSandbox } from "@mailoo-chat/sandbox";
import express from "express";
import { describe, expect, it } from "vitest";
import { type ChatBff, ConfigError, createChatBff } from "../src/index.ts";
import { createLog } from "../src/observability/log.ts";
import { createBffCalls, makeVisitorKey, submitInit } from "./support/bff-calls.ts";
import { json, startFakePlatform } from "./support/fake-platform.ts";
import { startRedis } from "./support/redis.ts";
import { askSession, IDENTITY_SECRET, identityOf, WITH_VISITOR_SESSIONS } from "./support/session-calls.ts";
import { bffEnvironment, SITE, startBff, TEST_SECRET, type TestBff } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

describe("a signed-in visitor's conversation", () => {
  it("[VISITOR-1] is continued in another browser, and both browsers receive it", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const visitor = { token: await identityOf("ada") };
    expect(await askSession(bff, { visitor })).toMatchObject({ session: null });
    const first = (await bff.submit({ content: "from the laptop", visitor, visitorKey: makeVisitorKey() }))
      .body;

    const answer = await bff.request("/session", submitInit({ visitor: { token: await identityOf("ada") } }));
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { session } = (await answer.json()) as { session: typeof first.session };
    expect(session.sessionPublicId).toBe(first.session.sessionPublicId);
    await bff.submit({ content: "from the phone", visitor }, session.token);
    const read = await bff.messages(first.session.token);
    expect(read.body.messages.map(({ author, content }) => [author, content])).toEqual([
      ["visitor", "from the laptop"],
      ["visitor", "from the phone"],
    ]);
    expect(chat.sandbox.sessions()).toHaveLength(1);
  });

  it("[VISITOR-1] is one, although two devices send their first messages at once", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const visitor = { token: await identityOf("ada") };
    const texts = ["one", "two", "three", "four"];
    const answers = await Promise.all(
      texts.map((content) =>
        chat.bff.submit({ content, visitor, visitorKey: makeVisitorKey(), clientMessageId: content }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.session.sessionPublicId)).size).toBe(1);
    const { messages } = (await chat.bff.messages(answers[0]?.body.session.token ?? "")).body;
    expect(messages.map(({ content }) => content).toSorted()).toEqual(texts.toSorted());
  });

  it("[VISITOR-1] takes a first message from another browser, also one that does not ask first, and also its repetition", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const visitor = { token: await identityOf("ada") };
    const { session } = (await chat.bff.submit({ content: "one", visitor })).body;
    const two = { content: "two", clientMessageId: "two", visitorKey: makeVisitorKey() };
    const sent = (await chat.bff.submit({ ...two, visitor })).body;
    expect(sent.session.sessionPublicId).toBe(session.sessionPublicId);
    const again = await chat.bff.submit({ ...two, attempt: 2, visitor });
    expect([again.status, again.body.message.id]).toEqual([200, sent.message.id]);
    expect(chat.sandbox.messages(session.sessionPublicId)).toHaveLength(2);
  });

  it("[VISITOR-2] begun before sign-in is adopted only by the first visitor who signs in", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const anonymous = (await bff.submit({ content: "before sign-in", visitorKey: makeVisitorKey() })).body
      .session;
    const ada = { token: await identityOf("ada") };
    const adopted = await askSession(bff, { visitor: ada }, anonymous.token);
    expect(adopted.session?.sessionPublicId).toBe(anonymous.sessionPublicId);
    expect((await askSession(bff, { visitor: ada })).session?.sessionPublicId).toBe(
      anonymous.sessionPublicId,
    );

    // The browser may still have either token when the next person signs in.
    const bob = { token: await identityOf("bob") };
    for (const token of [anonymous.token, adopted.session?.token]) {
      expect(await askSession(bff, { visitor: bob }, token)).toMatchObject({ session: null });
      const refused = await bff.submitProblem({ content: "I am not Ada", visitor: bob }, token);
      expect([refused.status, refused.body.code]).toEqual([404, "session_not_found"]);
    }
    const bobs = (await bff.submit({ content: "Bob's own", visitor: bob })).body.session;
    expect(bobs.sessionPublicId).not.toBe(anonymous.sessionPublicId);
    expect((await askSession(bff, { visitor: bob }, anonymous.token)).session?.sessionPublicId).toBe(
      bobs.sessionPublicId,
    );
    expect((await bff.messages(anonymous.token)).body.messages).toHaveLength(1);
  });

  it("[VISITOR-2] is adopted by the next message, too, as from a widget that does not ask", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const { session } = (await bff.submit({ content: "before", visitorKey: makeVisitorKey() })).body;
    const visitor = { token: await identityOf("ada") };
    await bff.submit({ content: "after", visitor }, session.token);
    expect((await askSession(bff, { visitor })).session?.sessionPublicId).toBe(session.sessionPublicId);
  });

  it("[VISITOR-2] takes precedence over one that was begun elsewhere before sign-in, which no other visitor gets", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const visitor = { token: await identityOf("ada") };
    const own = (await bff.submit({ content: "mine", visitor })).body.session;
    const other = (await bff.submit({ content: "anonymous", visitorKey: makeVisitorKey() })).body.session;
    expect((await askSession(bff, { visitor }, other.token)).session?.sessionPublicId).toBe(
      own.sessionPublicId,
    );
    const bob = { token: await identityOf("bob") };
    expect(await askSession(bff, { visitor: bob }, other.token)).toMatchObject({ session: null });
    // The old token still reads it.
    expect((await bff.messages(other.token)).body.messages).toHaveLength(1);
  });

  it("[VISITOR-3] belongs to one subject of one issuer: equal names elsewhere are other visitors", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    await bff.submit({ content: "private", visitor: { token: await identityOf("7") } });
    for (const token of [
      await identityOf("7", { iss: "https://other.example" }),
      await identityOf("70"),
      await identityOf(" 7"),
      await identityOf('7"'),
    ]) {
      expect(await askSession(bff, { visitor: { token } })).toMatchObject({ session: null });
    }
    const claims = { name: "7", email: "7@shop.example" };
    expect(await askSession(bff, { visitor: claims })).toEqual({ session: null, visitor: null });
    const forged = `${(await identityOf("7")).slice(0, -2)}AA`;
    const refused = await bff.problem("/session", submitInit({ visitor: { token: forged } }));
    expect([refused.status, refused.body.code]).toEqual([401, "identity_invalid"]);
  });

  it("that was repeated after sign-in, is still sent once", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const first = { content: "once", clientMessageId: "m1", visitorKey: makeVisitorKey() };
    const sent = (await bff.submit(first)).body;
    const visitor = { token: await identityOf("ada") };
    const again = await bff.submit({ ...first, attempt: 2, visitor });
    expect([again.status, again.body.message.id]).toEqual([200, sent.message.id]);
    expect(again.body.session.sessionPublicId).toBe(sent.session.sessionPublicId);
    expect((await askSession(bff, { visitor })).session?.sessionPublicId).toBe(sent.session.sessionPublicId);
    // Bob has found the key in the browser.
    const bob = { token: await identityOf("bob") };
    const refused = await bff.submitProblem({ ...first, attempt: 2, visitor: bob });
    expect(refused.body.code).toBe("session_not_found");
  });

  it("is not entered with a key that was left in the browser", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const visitorKey = makeVisitorKey();
    const visitor = { token: await identityOf("ada") };
    const adas = (await bff.submit({ content: "private", visitor, visitorKey })).body.session;
    const bob = { token: await identityOf("bob") };
    for (const body of [{ visitor: bob }, {}]) {
      const { session } = (await bff.submit({ content: "hello", visitorKey, ...body })).body;
      expect(session.sessionPublicId).not.toBe(adas.sessionPublicId);
    }
  });

  it("ends when the visitor leaves it, in all browsers, and the next message begins another", async () => {
    await using chat = await startChat(WITH_VISITOR_SESSIONS);
    const { bff } = chat;
    const visitor = { token: await identityOf("ada") };
    const { session } = (await bff.submit({ content: "first", visitor })).body;
    const phone = (await askSession(bff, { visitor })).session;
    const under = { content: "under way", clientMessageId: "under-way", visitor };
    const { message } = (await bff.submit(under, phone?.token)).body;
    expect(await askSession(bff, { visitor, leave: true }, session.token)).toMatchObject({ session: null });
    // A browser that shows it still is told, with the next text, and of what has arrived before.
    for (const identity of [{ visitor }, {}]) {
      const late = await bff.problem("/submit", submitInit({ content: "late", ...identity }, phone?.token));
      expect([late.status, late.body.code]).toEqual([409, "session_closed"]);
    }
    expect((await bff.submit({ ...under, attempt: 2 }, phone?.token)).body.message.id).toBe(message.id);
    expect(await askSession(bff, { visitor }, phone?.token)).toMatchObject({ session: null });
    const next = (await bff.submit({ content: "second", visitor, visitorKey: makeVisitorKey() })).body
      .session;
    expect(next.sessionPublicId).not.toBe(session.sessionPublicId);
    expect((await askSession(bff, { visitor }, phone?.token)).session?.sessionPublicId).toBe(
      next.sessionPublicId,
    );
    // A browser that leaves the old one, late, does not end the new one.
    expect((await askSession(bff, { visitor, leave: true }, phone?.token)).session?.sessionPublicId).toBe(
      next.sessionPublicId,
    );
  });

  it.each(["submit", "first message elsewhere", "poll", "socket"])(
    "that the owner has closed is forgotten after a %s, and the next message begins another",
    async (how) => {
      await using platform = await startFakePlatform();
      const createdAt = new Date().toISOString();
      platform.onStatus(json({ status: "online" }));
      platform.onSend(
        json({ sessionPublicId: "s1", messageId: "m1", createdAt }, 201),
        json({ error: { code: "SESSION_CLOSED" } }, how === "poll" || how === "socket" ? 500 : 403),
        json({ sessionPublicId: "s2", messageId: "m2", createdAt }, 201),
      );
      platform.onList(json({ messages: [{ id: "m1", content: "one", author: "visitor", createdAt }] }));
      await using bff = await startBff({ platform, env: WITH_VISITOR_SESSIONS });
      const visitor = { token: await identityOf("ada") };
      const { session } = (await bff.submit({ content: "one", visitor })).body;
      if (how === "submit") {
        expect((await bff.submitProblem({ content: "two" }, session.token)).body.code).toBe("session_closed");
      } else if (how === "first message elsewhere") {
        expect((await bff.submit({ content: "two", visitor })).body.session.sessionPublicId).toBe("s2");
        return;
      } else {
        platform.onList(json({ code: "session_closed" }, 410));
        platform.onSend(json({ sessionPublicId: "s2", messageId: "m2", createdAt }, 201));
        if (how === "poll") {
          const headers = { Authorization: `Bearer ${session.token}` };
          expect((await bff.problem("/messages", { headers })).body.code).toBe("session_closed");
        } else {
          const socket = bff.socket();
          await socket.opened();
          socket.hello(session.token);
          expect(await socket.closed()).toBe(4410);
        }
      }
      expect(await askSession(bff, { visitor }, session.token)).toMatchObject({ session: null });
      const next = (await bff.submit({ content: "second", visitor })).body.session;
      expect(next.sessionPublicId).toBe("s2");
      expect((await askSession(bff, { visitor })).session?.sessionPublicId).toBe("s2");
    },
  );

  it("is found by the old secret, until that is removed", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const secrets = [TEST_SECRET, "the next session secret that is long enough"];
    const start = (list: readonly string[]) =>
      startBff({
        platform: sandbox,
        env: {
          ...WITH_VISITOR_SESSIONS,
          REDIS_URL: redis.url,
          MAILOO_CHAT_SESSION_SECRET: list.join(),
        },
      });
    const visitor = { token: await identityOf("ada") };
    let session: string;
    {
      await using bff = await start(secrets.slice(0, 1));
      await hasRedis(bff);
      const sent = (await bff.submit({ content: "first", visitor })).body;
      session = sent.session.sessionPublicId;
      const { visitor: name } = await askSession(bff, { visitor });
      await using next = await start(secrets.toReversed());
      await hasRedis(next);
      const found = await askSession(next, { visitor }, sent.session.token);
      expect([found.session?.sessionPublicId, found.visitor]).toEqual([session, name]);
    }
    await using bff = await start(secrets.slice(1));
    await hasRedis(bff);
    expect((await askSession(bff, { visitor })).session?.sessionPublicId).toBe(session);
  });
});

describe("the route", () => {
  it("is not there unless it is switched on, and identity alone opens nothing", async () => {
    await using chat = await startChat({ MAILOO_CHAT_IDENTITY_SECRET: IDENTITY_SECRET });
    const visitor = { token: await identityOf("ada") };
    const refused = await chat.bff.problem("/session", submitInit({ visitor }));
    expect([refused.status, refused.body.code]).toEqual([404, "not_found"]);
    expect((await chat.bff.chatConfig()).body).not.toHaveProperty("visitorSessions");
    const sessions = [];
    for (const content of ["one", "two"]) {
      sessions.push((await chat.bff.submit({ content, visitor })).body.session.sessionPublicId);
    }
    expect(new Set(sessions).size).toBe(2);
  });

  it("is announced, limited by visitor, and refuses what is not its body", async () => {
    await using chat = await startChat({
      ...WITH_VISITOR_SESSIONS,
      MAILOO_CHAT_LIMIT_SESSION_SENDS: "2/600",
    });
    const { bff } = chat;
    expect((await bff.chatConfig()).body).toMatchObject({ visitorSessions: "token" });
    const body = { visitor: { token: await identityOf("ada") } };
    for (let count = 0; count < 2; count++) await askSession(bff, body);
    const refused = await bff.problem("/session", submitInit(body));
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    await askSession(bff, { visitor: { token: await identityOf("bob") } });
    for (const wrong of ["[]", '{"leave":"yes"}', '{"visitor":7}']) {
      expect((await bff.problem("/session", submitInit(wrong))).body.code).toBe("invalid_request");
    }
    expect((await bff.problem("/session")).headers.get("allow")).toBe("POST, OPTIONS");
    const foreign = { ...submitInit(body), headers: { Origin: "https://evil.example" } };
    expect((await bff.problem("/session", foreign)).body.code).toBe("origin_not_allowed");
  });

  it("cannot be switched on without a way to know visitors", () => {
    const env = { ...bffEnvironment("http://127.0.0.1:1"), MAILOO_CHAT_VISITOR_SESSIONS: "on" };
    expect(() => createChatBff({ env })).toThrow(ConfigError);
    expect(() => createChatBff({ env })).toThrow(
      "MAILOO_CHAT_VISITOR_SESSIONS: needs MAILOO_CHAT_IDENTITY_SECRET",
    );
    const off = bffEnvironment("http://127.0.0.1:1");
    const recallSession = () => null;
    expect(() => createChatBff({ env: off, recallSession })).toThrow("give both");
    expect(() => createChatBff({ env: off, recallSession, rememberSession: recallSession })).toThrow(
      "needs resolveVisitor",
    );
  });
});

describe("replicas with Redis", () => {
  it("[VISITOR-1] find the visitor's one conversation, and Redis can open none", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const env = { ...WITH_VISITOR_SESSIONS, REDIS_URL: redis.url };
    await using one = await startBff({ platform: sandbox, env });
    await using two = await startBff({ platform: sandbox, env });
    await Promise.all([hasRedis(one), hasRedis(two)]);
    const visitor = { token: await identityOf("customer-4711") };
    const answers = await Promise.all(
      [one, two].map((bff) => bff.submit({ content: "hello", visitor, visitorKey: makeVisitorKey() })),
    );
    const [session = "", ...others] = answers.map(({ body }) => body.session.sessionPublicId);
    expect(others).toEqual([session]);
    const found = await Promise.all([one, two].map((bff) => askSession(bff, { visitor })));
    expect(found.map((answer) => answer.session?.sessionPublicId)).toEqual([session, session]);

    await using connection = await redis.connect();
    const keys = await connection.keys("mc:visitor:*");
    expect(keys.length).toBeGreaterThan(1);
    for (const key of keys) {
      expect(await connection.pttl(key)).toBeGreaterThan(0);
      expect(`${key} ${await connection.get(key)}`).not.toMatch(new RegExp(`4711|${session}`));
    }
    expect(one.log.text + two.log.text).not.toContain("4711");
  });

  it("know the conversation again after Redis has lost its data, from the visitor's own token", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    await using bff = await startBff({
      platform: sandbox,
      env: { ...WITH_VISITOR_SESSIONS, REDIS_URL: redis.url },
    });
    await hasRedis(bff);
    const visitor = { token: await identityOf("ada") };
    const { session } = (await bff.submit({ content: "one", visitor })).body;
    await using connection = await redis.connect();
    await connection.flushall();
    const bob = { token: await identityOf("bob") };
    expect(await askSession(bff, { visitor: bob }, session.token)).toMatchObject({ session: null });
    expect(await askSession(bff, { visitor })).toMatchObject({ session: null });
    for (const token of [session.token, undefined]) {
      const found = await askSession(bff, { visitor }, token);
      expect(found.session?.sessionPublicId).toBe(session.sessionPublicId);
    }
  });

  it("share no conversation while Redis is away, and refuse no message", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    await using bff = await startBff({
      platform: sandbox,
      env: { ...WITH_VISITOR_SESSIONS, REDIS_URL: redis.url },
    });
    await hasRedis(bff);
    const visitor = { token: await identityOf("ada") };
    const { session } = (await bff.submit({ content: "one", visitor })).body;
    redis.pause();
    const bob = { token: await identityOf("bob") };
    for (const init of [submitInit({ visitor }), submitInit({ visitor: bob }, session.token)]) {
      const refused = await bff.problem("/session", init);
      expect([refused.status, refused.body.code]).toEqual([503, "upstream_unavailable"]);
    }
    // Whose token it is can be seen without Redis.
    expect((await askSession(bff, { visitor }, session.token)).session?.sessionPublicId).toBe(
      session.sessionPublicId,
    );
    expect((await bff.submit({ content: "two", visitor }, session.token)).status).toBe(201);
    expect((await bff.submit({ content: "three", visitor: bob })).status).toBe(201);
    redis.resume();
    await expect
      .poll(() => askSession(bff, { visitor }).catch(() => null), { timeout: 10_000 })
      .toMatchObject({ session: { sessionPublicId: session.sessionPublicId } });
  });
});

describe("in an application", () => {
  it("treats a visitor with an unusable id as anonymous, and logs it once", async () => {
    await using sandbox = await startSandbox();
    const lines: string[] = [];
    const bff = createChatBff({
      env: bffEnvironment(sandbox.url, { MAILOO_CHAT_VISITOR_SESSIONS: "on" }),
      // As from code without types.
      resolveVisitor: () => ({ id: { key: 7 } as never, name: "A customer" }),
      logger: createLog("warn", { write: (line) => void lines.push(line) }),
    });
    await using mounted = await mount(bff);
    const { calls } = mounted;
    const sessions = [];
    for (const content of ["one", "two"]) {
      sessions.push((await calls.submit({ content })).body.session.sessionPublicId);
    }
    expect(new Set(sessions).size).toBe(2);
    expect(lines).toEqual([expect.stringContaining("resolveVisitor")]);
  });

  it("the application keeps the sessions of the visitors that it names", async () => {
    await using sandbox = await startSandbox();
    const kept = new Map<string, string>();
    const env = bffEnvironment(sandbox.url, { LOG_LEVEL: "silent" });
    const bff = createChatBff({
      env,
      resolveVisitor: (req) => (req.headers.cookie ? { id: req.headers.cookie, name: "A customer" } : null),
      recallSession: ({ id }) => kept.get(id),
      rememberSession({ id }, session) {
        if (session) kept.set(id, session);
        else kept.delete(id);
      },
    });
    await using mounted = await mount(bff);
    const { calls } = mounted;
    const as = (cookie: string) => ({
      request: (path: string, init: RequestInit = {}) =>
        calls.request(path, { ...init, headers: { ...init.headers, Cookie: cookie } }),
    });
    expect((await calls.chatConfig()).body).toMatchObject({ visitorSessions: "always" });
    const sent = await as("ada").request("/submit", submitInit({ content: "Hello" }));
    const { session } = (await sent.json()) as { session: { sessionPublicId: string; token: string } };
    expect([...kept]).toEqual([["ada", session.sessionPublicId]]);
    expect((await askSession(as("ada"), {})).session?.sessionPublicId).toBe(session.sessionPublicId);
    expect(await askSession(as("bob"), {}, session.token)).toMatchObject({ session: null });
    expect(await askSession(calls, {}, session.token)).toEqual({ session: null, visitor: null });

    // An application that mixes its visitors up gives nothing away.
    kept.set("bob", session.sessionPublicId);
    expect(await askSession(as("bob"), {})).toMatchObject({ session: null });

    expect(await askSession(as("ada"), { leave: true }, session.token)).toMatchObject({ session: null });
    expect(kept.has("ada")).toBe(false);
  });
});

/** In an application of its own. */
async function mount(bff: ChatBff) {
  const server = createServer(express().use("/chat", bff.router));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    calls: createBffCalls(`http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`, SITE),
    async [Symbol.asyncDispose]() {
      await bff.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function hasRedis(bff: TestBff): Promise<void> {
  await expect
    .poll(async () => {
      const report = (await (await fetch(`${bff.url}/readyz`)).json()) as { checks: Record<string, string> };
      return report.checks.redis;
    })
    .toBe("ok");
}
