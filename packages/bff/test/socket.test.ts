import { describe, expect, it } from "vitest";
import { SITE, tokenOf } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

/** A token of this BFF that a test may shape by its clock. */
const DAY_MS = 86_400_000;

describe("a socket", () => {
  it("[SOCKET-1] [SOCKET-3] is ready with the history within a second, and receives replies and other tabs' messages", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const socket = chat.bff.socket();
    await socket.opened();
    expect(socket.raw.protocol).toBe("mailoo-chat.v1");
    expect(socket.raw.extensions).toBe("");
    const saidHelloAtMs = Date.now();
    socket.hello(session.token);
    const ready = await socket.ready();
    expect(Date.now() - saidHelloAtMs).toBeLessThan(1_000);
    expect(ready).toMatchObject({
      heartbeatMs: 20_000,
      messages: [{ content: "one" }],
      more: false,
      truncated: false,
    });
    expect(ready.token).toBeUndefined();
    chat.sandbox.reply(session.sessionPublicId, "two");
    const { message, cursor } = await socket.message("two");
    expect(message.author).toBe("owner");
    expect(cursor).toMatch(/^c1\./);
    await chat.bff.submit({ content: "three" }, session.token);
    await socket.message("three");
    socket.close();
  });

  it("[SOCKET-3] resumes from a cursor with what came meanwhile, and nothing twice", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const first = chat.bff.socket();
    await first.opened();
    first.hello(session.token);
    await first.ready();
    chat.sandbox.reply(session.sessionPublicId, "two");
    const { cursor } = await first.message("two");
    first.close();
    chat.sandbox.reply(session.sessionPublicId, "three");
    const second = chat.bff.socket();
    await second.opened();
    second.hello(session.token, cursor);
    const { messages } = await second.ready();
    if (messages.length === 0) await second.message("three");
    else expect(messages.map(({ content }) => content)).toEqual(["three"]);
    second.close();
  });

  it("[SOCKET-1] is ready with a small page, and the rest follows in small pages that can be resumed in between", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    chat.sandbox.addMessages(session.sessionPublicId, 250, { announce: false });
    const truth = chat.sandbox.messages(session.sessionPublicId).map(({ content }) => content);

    async function readBy(since?: string) {
      const socket = chat.bff.socket();
      await socket.opened();
      socket.send({ type: "hello", token: session.token, pages: true, since });
      const ready = await socket.ready();
      if (ready.more) await socket.frame("page", ({ more }) => !more);
      const pages = [ready, ...socket.frames.filter((frame) => frame.type === "page")];
      return {
        socket,
        ready,
        pages,
        texts: pages.flatMap((page) => page.messages.map(({ content }) => content)),
      };
    }

    const whole = await readBy();
    expect(whole.ready).toMatchObject({ pages: true, more: true, truncated: true });
    expect(JSON.stringify(whole.ready).length).toBeLessThan(4 * 1024);
    for (const page of whole.pages) expect(JSON.stringify(page).length).toBeLessThan(10 * 1024);
    expect(whole.texts).toEqual(truth.slice(-200));
    // The sandbox's batch ends a moment ahead of the clock. A reply in its midst would be a late one.
    const endsAtMs = chat.sandbox.messages(session.sessionPublicId).at(-1)?.createdAtMs ?? 0;
    await expect.poll(() => Date.now()).toBeGreaterThan(endsAtMs);
    chat.sandbox.reply(session.sessionPublicId, "live");
    await whole.socket.message("live");

    const rest = await readBy(whole.pages[2]?.cursor ?? "none");
    const seen = whole.pages.slice(0, 3).flatMap(({ messages }) => messages).length;
    expect(rest.texts.filter((text) => text !== "live")).toEqual(truth.slice(-200).slice(seen));
    expect(rest.texts).toContain("live");
    whole.socket.close();
    rest.socket.close();
  });

  it("[TOKEN-2] gets a new token after half the old one's life", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const old = await tokenOf(chat.bff, session.sessionPublicId, Date.now() - 20 * DAY_MS);
    const socket = chat.bff.socket();
    await socket.opened();
    socket.hello(old);
    expect((await socket.ready()).token).toMatch(/^ey/);
    const polled = await chat.bff.messages(old);
    expect(polled.body.token).toMatch(/^ey/);
    socket.close();
  });

  it("announces when the owner comes online or leaves", async () => {
    await using chat = await startChat();
    chat.sandbox.setPresence("away");
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const socket = chat.bff.socket();
    await socket.opened();
    socket.hello(session.token);
    await socket.ready();
    await expect.poll(async () => (await chat.bff.request("/status")).json()).toEqual({ status: "away" });
    socket.close();
  });
});

describe("an upgrade", () => {
  it.each([
    ["a page that is not listed", { origin: "https://evil.test" }, 403, "origin_not_allowed"],
    ["null", { origin: "null" }, 403, "origin_not_allowed"],
    ["nobody", { headers: { "X-Nothing": "1" }, noOrigin: true }, 403, "origin_not_allowed"],
    ["a page without the subprotocol", { origin: SITE, protocols: [] }, 400, "invalid_request"],
    ["a page with another subprotocol", { origin: SITE, protocols: ["chat.v9"] }, 400, "invalid_request"],
  ])("[ORIGIN-2] of %s is refused", async (_who, options, status, code) => {
    await using chat = await startChat();
    const { noOrigin, ...rest } = { noOrigin: false, ...options };
    const socket = chat.bff.socket(noOrigin ? { ...rest, origin: undefined as unknown as string } : rest);
    const refused = await socket.refused();
    expect(refused.status).toBe(status);
    expect(JSON.parse(refused.body)).toMatchObject({ code, status, requestId: expect.any(String) });
    expect(refused.headers.vary).toBe("Origin");
  });

  it("on another path is answered 404", async () => {
    await using chat = await startChat();
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(`${chat.bff.url.replace("http", "ws")}/other`, "mailoo-chat.v1", {
      origin: SITE,
    });
    const status = await new Promise((resolve) =>
      socket
        .on("unexpected-response", (_request, response) => resolve(response.statusCode))
        .on("error", () => {}),
    );
    expect(status).toBe(404);
  });

  it("beyond the sockets of one address is refused with 429, and accepted again when one has closed", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_SOCKETS: "2" });
    const [one, two] = [chat.bff.socket(), chat.bff.socket()];
    await Promise.all([one.opened(), two.opened()]);
    const refused = await chat.bff.socket().refused();
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    one.close();
    await expect
      .poll(async () => {
        const next = chat.bff.socket();
        return Promise.race([
          next.opened().then(
            () => "opened",
            () => "failed",
          ),
          next.refused().then(() => "refused"),
        ]);
      })
      .toBe("opened");
  });
});

describe("a socket is closed with", () => {
  async function open(env: Record<string, string> = {}) {
    const chat = await startChat(env);
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const socket = chat.bff.socket();
    await socket.opened();
    return { chat, session, socket, [Symbol.asyncDispose]: () => chat[Symbol.asyncDispose]() };
  }

  it.each<[number, string, string | Buffer]>([
    [4400, "no JSON", "{"],
    [4400, "a list", "[]"],
    [4400, "no type", "{}"],
    [4400, "a since of no kind", '{"type":"hello","token":"TOKEN","since":"yesterday"}'],
    [4401, "a hello without a token", '{"type":"hello"}'],
    [4401, "a forged token", '{"type":"hello","token":"x.y.z"}'],
    [1003, "a binary frame", Buffer.from('{"type":"hello"}')],
    [1009, "a frame over 4 KiB", `{"type":"hello","token":"${"x".repeat(4096)}"}`],
  ])("[SOCKET-2] [SOCKET-5] %i for %s", async (code, _what, frame) => {
    await using opened = await open();
    const { socket, session } = opened;
    socket.raw.send(typeof frame === "string" ? frame.replace("TOKEN", session.token) : frame);
    expect(await socket.closed()).toBe(code);
  });

  it("[SOCKET-2] 4408 without hello within five seconds", { timeout: 10_000 }, async () => {
    await using opened = await open();
    const openedAtMs = Date.now();
    expect(await opened.socket.closed()).toBe(4408);
    expect(Date.now() - openedAtMs).toBeLessThan(7_000);
  });

  it("[SOCKET-5] 4400 for a second hello, but not for unknown types", async () => {
    await using opened = await open();
    const { socket, session } = opened;
    socket.send({ type: "typing" });
    socket.hello(session.token);
    await socket.ready();
    socket.send({ type: "typing" });
    socket.send({ type: "pong" });
    socket.hello(session.token);
    expect(await socket.closed()).toBe(4400);
  });

  it("4404 for a session that the platform does not know", async () => {
    await using opened = await open();
    opened.socket.hello(await tokenOf(opened.chat.bff, "no-such-session", Date.now() - 2 * 60_000));
    expect(await opened.socket.closed()).toBe(4404);
  });

  it("4401 when its token expires or has expired", async () => {
    await using opened = await open();
    const { chat, session, socket } = opened;
    const aboutToExpire = await tokenOf(chat.bff, session.sessionPublicId, Date.now() - 30 * DAY_MS + 2_000);
    socket.hello(aboutToExpire);
    await socket.ready();
    expect(await socket.closed()).toBe(4401);
    const expired = chat.bff.socket();
    await expired.opened();
    expired.hello(await tokenOf(chat.bff, session.sessionPublicId, Date.now() - 31 * DAY_MS));
    expect(await expired.closed()).toBe(4401);
  });

  it("4429 for too many frames, control frames included", async () => {
    await using opened = await open({ MAILOO_CHAT_LIMIT_SOCKET_FRAMES: "5/10" });
    for (let count = 0; count < 6; count++) opened.socket.send({ type: "typing" });
    expect(await opened.socket.closed()).toBe(4429);
    const flooding = opened.chat.bff.socket();
    await flooding.opened();
    for (let count = 0; count < 6; count++) flooding.raw.ping();
    expect(await flooding.closed()).toBe(4429);
    const answering = opened.chat.bff.socket();
    await answering.opened();
    for (let count = 0; count < 6; count++) answering.raw.pong();
    expect(await answering.closed()).toBe(4429);
  });

  it("4429 for more sockets than a session may have", async () => {
    await using opened = await open({ MAILOO_CHAT_LIMIT_SESSION_SOCKETS: "1" });
    const { chat, session, socket } = opened;
    socket.hello(session.token);
    await socket.ready();
    const second = chat.bff.socket();
    await second.opened();
    second.hello(session.token);
    expect(await second.closed()).toBe(4429);
  });

  it("nothing if earlier sockets of the session have closed", async () => {
    await using opened = await open({
      MAILOO_CHAT_LIMIT_SESSION_SOCKETS: "1",
      MAILOO_CHAT_LIMIT_IP_SOCKETS: "3",
    });
    const { chat, session, socket } = opened;
    socket.close();
    for (let count = 0; count < 10; count++) {
      const brief = chat.bff.socket();
      // An upgrade that is refused while the last place is being given back is tried again.
      if (
        !(await brief.opened().then(
          () => true,
          () => false,
        ))
      )
        continue;
      brief.hello(session.token);
      brief.close();
    }
    await expect
      .poll(async () => {
        const next = chat.bff.socket();
        if (
          !(await next.opened().then(
            () => true,
            () => false,
          ))
        )
          return "refused";
        next.hello(session.token);
        const outcome = await Promise.race([
          next.ready().then(
            () => "ready",
            () => "closed",
          ),
          next.closed(),
        ]);
        next.close();
        return outcome;
      })
      .toBe("ready");
  });
});

describe("the owner's presence", () => {
  it("is sent to a socket as soon as it is ready: the browser's configuration may be old", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const socket = chat.bff.socket();
    await socket.opened();
    socket.hello(session.token);
    await socket.ready();
    expect(await socket.frame("status")).toEqual({ type: "status", status: "away" });
    socket.close();
  });
});
