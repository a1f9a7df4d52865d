import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { bearer } from "./support/bff-calls.ts";
import { json, startFakePlatform } from "./support/fake-platform.ts";
import { startBff, tokenOf } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

const POLL_PATIENCE_MS = 10_000;

describe("GET messages", () => {
  it("[READ-1] lists a session in order, and continues from its cursor", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    chat.sandbox.reply(session.sessionPublicId, "two");
    const first = await chat.bff.messages(session.token);
    expect(first.body.messages.map(({ author, content }) => [author, content])).toEqual([
      ["visitor", "one"],
      ["owner", "two"],
    ]);
    expect(first.body).toMatchObject({
      more: false,
      truncated: false,
      cursor: expect.stringMatching(/^c1\./),
    });
    expect(first.headers.get("cache-control")).toBe("no-store");
    chat.sandbox.reply(session.sessionPublicId, "three");
    const since = first.body.cursor ?? "";
    await expect
      .poll(
        async () =>
          (await chat.bff.messages(session.token, { since })).body.messages.map(({ content }) => content),
        {
          timeout: POLL_PATIENCE_MS,
        },
      )
      .toEqual(["three"]);
  });

  it("[READ-5] accepts since and wait as headers too", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const { cursor } = (await chat.bff.messages(session.token)).body;
    const held = chat.bff.request("/messages", {
      headers: { ...bearer(session.token), "Mailoo-Chat-Since": cursor ?? "", "Mailoo-Chat-Wait": "25" },
    });
    chat.sandbox.reply(session.sessionPublicId, "two");
    await expect((await held).json()).resolves.toMatchObject({ messages: [{ content: "two" }] });
  });

  it("[READ-2] holds the answer until a reply comes", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const since = (await chat.bff.messages(session.token)).body.cursor ?? "";
    const held = chat.bff.messages(session.token, { since, wait: "25" });
    chat.sandbox.reply(session.sessionPublicId, "the reply");
    expect((await held).body.messages.map(({ content }) => content)).toEqual(["the reply"]);
  });

  it("[READ-2] answers unread messages at once, and empty when the wait is over", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const all = await chat.bff.messages(session.token, { wait: "25" });
    expect(all.body.messages).toHaveLength(1);
    const startedAtMs = Date.now();
    const none = await chat.bff.messages(session.token, { since: all.body.cursor ?? "", wait: "0.3" });
    expect(none.body.messages).toEqual([]);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(290);
  });

  it("[READ-3] lists strictly after a time", async () => {
    await using chat = await startChat();
    const { message, session } = (await chat.bff.submit({ content: "one" })).body;
    chat.sandbox.addMessages(session.sessionPublicId, 2);
    const listed = (await chat.bff.messages(session.token)).body.messages;
    const after = await chat.bff.messages(session.token, {
      since: listed[0]?.createdAt ?? message.createdAt,
    });
    expect(after.body.messages.map(({ id }) => id)).toEqual(listed.slice(1).map(({ id }) => id));
  });

  it.each([
    ["since=yesterday"],
    ["since=2026-01-01"],
    ["since=2026-01-01T00:00:00"],
    ["since=9999-01-01T00:00:00Z"],
    ["since=c1.!!!"],
    ["since="],
    ["since[]=2026-01-01T00:00:00Z"],
    ["since%5B%5D=2026-01-01T00:00:00Z"],
    ["wait[=1"],
    ["since=2026-01-01T00:00:00Z&since=2026-01-01T00:00:00Z"],
    ["wait=soon"],
    ["wait=1&wait=2"],
    ["sessionPublicId[$ne]=x"],
  ])("[READ-3] [PARAM-1] refuses %s", async (query) => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const { status, body } = await chat.bff.problem(`/messages?${query}`, { headers: bearer(session.token) });
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  });

  it("[PARAM-1] ignores unknown parameters, and clamps the wait", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const response = await chat.bff.request("/messages?wait=-3&limit=9&limit=8&x[]=1", {
      headers: bearer(session.token),
    });
    expect(response.status).toBe(200);
  });

  it("needs the session's token", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const none = await chat.bff.problem("/messages");
    expect([none.status, none.body.code]).toEqual([401, "session_token_required"]);
    const basic = await chat.bff.problem("/messages", { headers: { Authorization: "Basic eDp5" } });
    expect([basic.status, basic.body.code]).toEqual([401, "session_token_required"]);
    const forged = await chat.bff.problem("/messages", { headers: bearer(`${session.token}x`) });
    expect([forged.status, forged.body.code]).toEqual([401, "session_token_invalid"]);
    const foreign = await chat.bff.problem("/messages?sessionPublicId=other", {
      headers: bearer(session.token),
    });
    expect([foreign.status, foreign.body.code]).toEqual([404, "session_not_found"]);
    const own = await chat.bff.messages(session.token, { sessionPublicId: session.sessionPublicId });
    expect(own.status).toBe(200);
  });

  it.each([
    ["an old", 2 * 60_000],
    ["a new", 0],
  ])(
    "of a session that the platform does not know is session_not_found, with %s token",
    { timeout: 15_000 },
    async (_age, ageMs) => {
      await using chat = await startChat();
      const token = await tokenOf(chat.bff, "no-such-session", Date.now() - ageMs);
      const { status, body } = await chat.bff.problem("/messages", { headers: bearer(token) });
      expect([status, body.code]).toEqual([404, "session_not_found"]);
    },
  );

  it("another replica learns from the first send's token that the session is new", async () => {
    await using chat = await startChat();
    const first = (await chat.bff.submit({ content: "one" })).body.session;
    expect(decodeJwt(first.token)).toMatchObject({ opn: 1 });
    expect(decodeJwt(await tokenOf(chat.bff, first.sessionPublicId, Date.now()))).not.toHaveProperty("opn");
  });

  it("just after the first send waits until the platform lists it", async () => {
    await using platform = await startFakePlatform();
    const createdAt = new Date().toISOString();
    const unknown = json({ code: "session_not_found" }, 404);
    platform.onStatus(json({ status: "online" }));
    platform.onSend(json({ sessionPublicId: "s1", messageId: "m1", createdAt }, 201));
    platform.onList(
      unknown,
      unknown,
      unknown,
      unknown,
      json([{ id: "m1", content: "one", author: "visitor", createdAt }]),
    );
    await using bff = await startBff({ platform });
    const { session } = (await bff.submit({ content: "one" })).body;
    const { status, body } = await bff.messages(session.token);
    expect([status, body.messages.map(({ id }) => id)]).toEqual([200, ["m1"]]);
  });
});
