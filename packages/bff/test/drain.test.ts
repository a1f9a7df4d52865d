import { describe, expect, it } from "vitest";
import { startChat } from "./support/start-chat.ts";

describe("a drain", () => {
  it("[DRAIN-1] is unready at once, tells sockets to reconnect, answers held polls, finishes sends, refuses new work", async () => {
    await using chat = await startChat();
    const { bff, sandbox } = chat;
    const { session } = (await bff.submit({ content: "one" })).body;
    const sockets = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = bff.socket();
        await socket.opened();
        socket.hello(session.token);
        await socket.ready();
        return socket;
      }),
    );
    const since = (await bff.messages(session.token)).body.cursor ?? "";
    const held = bff.messages(session.token, { since, wait: "25" });
    sandbox.faults.set({ latencyMs: 600 });
    const open = bff.submit({ content: "in flight" }, session.token);
    await expect.poll(() => sandbox.stats().requests.send.requests).toBeGreaterThan(1);

    const drained = bff.drain();
    const ready = await fetch(`${bff.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false }]);
    expect((await fetch(`${bff.url}/healthz`)).status).toBe(200);
    const refused = await bff.submitProblem({ content: "too late" }, session.token);
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([
      503,
      "draining",
      "1",
    ]);
    const upgrade = await bff.socket().refused();
    expect([upgrade.status, JSON.parse(upgrade.body).code]).toEqual([503, "draining"]);

    const delays = await Promise.all(
      sockets.map(async (socket) => (await socket.frame("reconnect")).afterMs),
    );
    expect(new Set(delays).size).toBe(4);
    expect(await Promise.all(sockets.map((socket) => socket.closed()))).toEqual([1012, 1012, 1012, 1012]);
    expect((await held).body.messages).toEqual([]);
    expect((await open).status).toBe(201);
    await drained;
    await expect(fetch(`${bff.url}/healthz`)).rejects.toThrow();
  });
});
