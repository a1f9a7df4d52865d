import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { startRedis } from "../support/redis.ts";
import { SITE, startBff } from "../support/start-bff.ts";
import { startChat } from "../support/start-chat.ts";

/** Everything is real here: HTTP, the platform's faults, Redis. What takes long is shown in virtual time elsewhere. */
describe("a send over HTTP", () => {
  it.each([
    ["takes it and its gateway answers 502", { acceptThenFail: 1 }],
    ["takes it and cuts the line", { acceptThenReset: 1 }],
  ] as const)("is on the platform once if it %s", async (_what, faults) => {
    await using chat = await startChat();
    const { bff, sandbox } = chat;
    const { session, message } = (await bff.submit({ content: "first", clientMessageId: "c0" })).body;
    sandbox.faults.set(faults);
    const { status, body } = await bff.submit(
      { content: "it's <b>me</b> &amp; you", clientMessageId: "c1", after: message.id },
      session.token,
    );
    expect(status).toBe(201);
    const listed = sandbox.messages(session.sessionPublicId);
    expect(listed.map(({ content }) => content)).toEqual(["first", "it's <b>me</b> &amp; you"]);
    expect(body.message.id).toBe(listed[1]?.id);
  });

  it("is sent again if the platform itself answers that it failed", async () => {
    await using chat = await startChat();
    const { bff, sandbox } = chat;
    const { session, message } = (await bff.submit({ content: "first" })).body;
    sandbox.faults.set({ routes: ["send"], errorRate: 1, errorStatus: 500 });
    const next = { content: "second", clientMessageId: "c1", after: message.id };
    const answer = bff.submit(next, session.token);
    await expect.poll(() => sandbox.stats().requests.send.requests, { timeout: 10_000 }).toBe(2);
    sandbox.faults.set({ errorRate: 0 });
    expect((await answer).status).toBe(201);
    expect(sandbox.messages(session.sessionPublicId).map(({ content }) => content)).toEqual([
      "first",
      "second",
    ]);
  });

  it("is found by a restarted BFF, page after page", async () => {
    await using sandbox = await startSandbox();
    const before = await startBff({ platform: sandbox });
    const { session, message } = (await before.submit({ content: "ok", clientMessageId: "c0" })).body;
    sandbox.addMessages(session.sessionPublicId, 30, { announce: false });
    sandbox.send("ok", session.sessionPublicId);
    await before.close();

    sandbox.faults.set({ pageSize: 7, since: "inclusive" });
    await using after = await startBff({ platform: sandbox });
    const retry = { content: "ok", clientMessageId: "c1", attempt: 2, after: message.id };
    const { status, body } = await after.submit(retry, session.token);
    const own = sandbox.messages(session.sessionPublicId).filter(({ content }) => content === "ok");
    expect([status, own.map(({ id }) => id)]).toEqual([200, [message.id, body.message.id]]);
  });

  it("is sent once by two replicas that share a Redis, even while it is away", async () => {
    await using redis = await startRedis();
    await using sandbox = await startSandbox();
    const env = { REDIS_URL: redis.url };
    await using one = await startBff({ platform: sandbox, env });
    await using two = await startBff({ platform: sandbox, env });
    const replicas = [one, two];
    const health = (bff: typeof one) => async () => {
      const response = await fetch(`${bff.url}/readyz`, { headers: { Origin: SITE } });
      const { checks } = (await response.json()) as { checks: Record<string, string> };
      return checks.redis;
    };
    for (const bff of replicas) await expect.poll(health(bff), { timeout: 10_000 }).toBe("ok");

    const { session, message } = (await one.submit({ content: "a", clientMessageId: "a" })).body;
    const said = () => sandbox.messages(session.sessionPublicId).map(({ content }) => content);
    const next = { content: "b", clientMessageId: "b", after: message.id };
    const answers = [
      await one.submit(next, session.token),
      await two.submit({ ...next, attempt: 2 }, session.token),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200]);
    expect(answers[1]?.body.message).toEqual(answers[0]?.body.message);
    expect(said()).toEqual(["a", "b"]);

    await redis.kill();
    const without = { content: "without", clientMessageId: "c", after: answers[0]?.body.message.id };
    expect((await one.submit(without, session.token)).status).toBe(201);
    expect(await health(one)()).toBe("degraded");
    expect((await fetch(`${one.url}/readyz`)).status).toBe(200);

    await redis.restart();
    for (const bff of replicas) await expect.poll(health(bff), { timeout: 10_000 }).toBe("ok");
    expect((await two.submit({ ...without, attempt: 2 }, session.token)).status).toBe(200);
    expect(said()).toEqual(["a", "b", "without"]);
  });
});
