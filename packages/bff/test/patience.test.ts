import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { hang, json, startFakePlatform } from "./support/fake-platform.ts";
import { openRawConnection } from "./support/raw-http.ts";
import { startBff } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

// These take the server's own time limits, which are promised in seconds: together, so that the longest counts.
describe.concurrent("a server's patience", { timeout: 30_000 }, () => {
  it.each([
    ["headers", `POST ${DEFAULT_BASE_PATH}/submit HTTP/1.1\r\nHost: bff\r\nX-Slow: `],
    [
      "a body",
      `POST ${DEFAULT_BASE_PATH}/submit HTTP/1.1\r\nHost: bff\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`,
    ],
    ["nothing at all", ""],
  ])("with a client that sends %s and stops there ends within 15 s", async (_what, bytes) => {
    await using chat = await startChat();
    const startedAtMs = Date.now();
    const { socket, ended } = await openRawConnection(chat.bff.url);
    socket.write(bytes);
    await ended;
    expect(Date.now() - startedAtMs).toBeLessThan(15_000);
  });

  it("with a client that keeps sending after its timeout ends", async () => {
    await using chat = await startChat();
    const { socket, ended } = await openRawConnection(chat.bff.url, { allowHalfOpen: true });
    socket.write(`GET ${DEFAULT_BASE_PATH}/status HTTP/1.1\r\nHost: bff\r\nX-Slow: `);
    // Also the only way to notice that the other side is closed altogether.
    const writing = setInterval(() => socket.write("x"), 200);
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(writing);
  });

  it("with a platform that hangs during a drain ends after 8 s: the visitor is told to come back", async () => {
    await using platform = await startFakePlatform();
    platform.onStatus(json({ status: "online" }));
    platform.onSend(hang);
    await using bff = await startBff({ platform });
    const open = bff.submitProblem({ content: "hangs", clientMessageId: "a" });
    await platform.sawRequest(({ operation }) => operation === "send");
    const startedAtMs = Date.now();
    await bff.drain();
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
    const { status, body } = await open;
    expect([status, body.code]).toEqual([503, "draining"]);
  });
});

describe.concurrent("a client that asks for much and reads nothing", { timeout: 110_000 }, () => {
  it("is cut off, and the next one is served", async ({ expect }) => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "0" });
    const { session } = (await chat.bff.submit({ content: "x".repeat(4_000) })).body;
    for (let count = 1; count < 30; count += 1)
      chat.sandbox.reply(session.sessionPublicId, "é".repeat(4_000));
    const { socket, ended } = await openRawConnection(chat.bff.url);
    socket.pause();
    const request = `GET ${DEFAULT_BASE_PATH}/messages HTTP/1.1\r\nHost: bff\r\nAuthorization: Bearer ${session.token}\r\n\r\n`;
    // Far more than the buffers of the operating system hold.
    socket.write(request.repeat(150));
    // Node closes it at the second check that finds nothing moved.
    await sleep(85_000);
    socket.resume();
    const answers = (await ended).match(/HTTP\/1\.1 200 /g) ?? [];
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.length).toBeLessThan(150);
    expect((await chat.bff.messages(session.token)).status).toBe(200);
  });
});

describe.concurrent("a heartbeat", { timeout: 60_000 }, () => {
  it("comes every 20 s: who answers stays, who does not is cut at the next one", async ({ expect }) => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const [answering, silent] = [chat.bff.socket(), chat.bff.socket()];
    for (const socket of [answering, silent]) {
      await socket.opened();
      socket.hello(session.token);
      await socket.ready();
    }
    const readyAtMs = Date.now();
    await answering.frame("ping");
    expect(Date.now() - readyAtMs).toBeGreaterThan(18_000);
    answering.send({ type: "pong" });
    expect(await silent.closed()).toBe(1006);
    expect(Date.now() - readyAtMs).toBeLessThan(50_000);
    await expect
      .poll(() => answering.frames.filter(({ type }) => type === "ping").length, { timeout: 5_000 })
      .toBe(2);
    expect(answering.raw.readyState).toBe(answering.raw.OPEN);
    answering.close();
  });
});

describe.concurrent("a reader that stalls", () => {
  it("is closed with 1013, and catches up from its cursor", { timeout: 30_000 }, async ({ expect }) => {
    await using chat = await startChat({ LOG_LEVEL: "debug" });
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const socket = chat.bff.socket();
    await socket.opened();
    socket.hello(session.token);
    const { cursor } = await socket.ready();
    socket.raw.pause();
    const content = "€".repeat(4_000);
    for (let round = 0; round < 12; round++)
      chat.sandbox.addMessages(session.sessionPublicId, 100, { content });
    await expect
      .poll(() => chat.bff.log.lines.filter((line) => line.msg === "socket closed"), { timeout: 20_000 })
      .toMatchObject([{ code: 1013 }]);
    socket.close();
    const again = chat.bff.socket();
    await again.opened();
    again.hello(session.token, cursor ?? undefined);
    await again.ready();
    again.close();
  });
});
