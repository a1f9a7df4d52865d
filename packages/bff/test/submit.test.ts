import type { SubmitResponse } from "@mailoo-chat/protocol";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { ProofOfWork } from "../src/auth/challenge-gate.ts";
import { bearer, makeVisitorKey, submitInit } from "./support/bff-calls.ts";
import { json, startFakePlatform } from "./support/fake-platform.ts";
import { solveChallenge } from "./support/solve-challenge.ts";
import { SITE, startBff, tokenOf } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

describe("the first message", () => {
  it("[SEND-1] opens a session, is listed as the visitor's own, and is answered 201", async () => {
    await using chat = await startChat();
    const { status, body, headers } = await chat.bff.submit({
      content: "  Hello,\r\nworld  ",
      clientMessageId: "m-1",
      visitorKey: makeVisitorKey(),
    });
    expect(status).toBe(201);
    expect(body.message).toMatchObject({
      clientMessageId: "m-1",
      author: "visitor",
      content: "Hello,\nworld",
    });
    expect(Date.parse(body.session.expiresAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("access-control-allow-origin")).toBe(SITE);
    expect(chat.sandbox.messages(body.session.sessionPublicId).map(({ content }) => content)).toEqual([
      "Hello,\nworld",
    ]);
  });

  it("[SEND-2] sent again with the same id is answered 200 and is on the platform once", async () => {
    await using chat = await startChat();
    const body = { content: "once", clientMessageId: "m-1", visitorKey: makeVisitorKey() };
    const first = await chat.bff.submit(body);
    const again = await chat.bff.submit({ ...body, attempt: 2 });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.message.id).toBe(first.body.message.id);
    expect(again.body.session.sessionPublicId).toBe(first.body.session.sessionPublicId);
    expect(chat.sandbox.messages(first.body.session.sessionPublicId)).toHaveLength(1);
  });

  it("[SEND-4] of several tabs with one visitor key goes to one session", async () => {
    await using chat = await startChat();
    const visitorKey = makeVisitorKey();
    const answers = await Promise.all(
      ["a", "b", "c"].map((id) => chat.bff.submit({ content: id, clientMessageId: id, visitorKey })),
    );
    expect(new Set(answers.map(({ body }) => body.session.sessionPublicId)).size).toBe(1);
    expect(chat.sandbox.sessions()).toHaveLength(1);
  });

  it.each([{}, { clientMessageId: "m-1" }])(
    "[SESSION-2] without a key opens a session of its own, even if two visitors send the same (%o)",
    async (id) => {
      await using chat = await startChat();
      const visitors = await Promise.all([1, 2].map(() => chat.bff.submit({ content: "Hello", ...id })));
      const later = await chat.bff.submit({ content: "Hello", ...id, attempt: 2 });
      const answers = [...visitors, later];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      for (const tell of [
        (body: SubmitResponse) => body.session.sessionPublicId,
        (body: SubmitResponse) => body.session.token,
        (body: SubmitResponse) => body.message.id,
      ]) {
        expect(new Set(answers.map(({ body }) => tell(body))).size).toBe(3);
      }
      expect(chat.sandbox.sessions()).toHaveLength(3);
    },
  );
});

describe("a continued session", () => {
  it("[SEND-7] needs its token, and keeps it during the first half of its life", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const next = await chat.bff.submit({ content: "two", clientMessageId: "m-2" }, session.token);
    expect(next.status).toBe(201);
    expect(next.body.session).toEqual(session);
    expect(chat.sandbox.messages(session.sessionPublicId).map(({ content }) => content)).toEqual([
      "one",
      "two",
    ]);
  });

  it("may be named if it matches the token", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const { sessionPublicId, token } = session;
    expect((await chat.bff.submit({ content: "two", sessionPublicId }, token)).status).toBe(201);
    const withoutToken = await chat.bff.submitProblem({ content: "three", sessionPublicId });
    expect(withoutToken.body.code).toBe("session_token_required");
  });

  it("[SESSION-1] of another visitor and an unknown one get the same answer, without a call to the platform", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "mine" })).body;
    const other = (await chat.bff.submit({ content: "theirs" })).body.session;
    // The status may be asked for at any time.
    const calls = () => {
      const { send, list } = chat.sandbox.stats().requests;
      return { send: send.requests, list: list.requests };
    };
    const before = calls();
    const foreign = await chat.bff.submitProblem(
      { content: "x", sessionPublicId: other.sessionPublicId },
      session.token,
    );
    const unknown = await chat.bff.submitProblem(
      { content: "x", sessionPublicId: "no-such-session" },
      session.token,
    );
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, requestId: "" }).toEqual({ ...unknown.body, requestId: "" });
    expect(foreign.body.code).toBe("session_not_found");
    expect(calls()).toEqual(before);
  });

  it("[SESSION-1] of another visitor is answered in the same time as one that does not exist", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "0" });
    const { session } = (await chat.bff.submit({ content: "mine" })).body;
    const theirs = (await chat.bff.submit({ content: "theirs" })).body.session.sessionPublicId;
    const unknown = theirs.split("").toReversed().join("");
    const tookMs = { [theirs]: [] as number[], [unknown]: [] as number[] };
    for (let round = 0; round < 100; round++) {
      for (const [sessionPublicId, taken] of Object.entries(tookMs)) {
        const askedAtMs = performance.now();
        const query = new URLSearchParams({ sessionPublicId });
        const { body } = await chat.bff.problem(`/messages?${query}`, { headers: bearer(session.token) });
        taken.push(performance.now() - askedAtMs);
        expect(body.code).toBe("session_not_found");
      }
    }
    // The quickest of each: what else this machine does only ever adds to it.
    const [one, other] = [theirs, unknown].map((id) => Math.min(...(tookMs[id] ?? []))) as [number, number];
    expect(Math.abs(one - other)).toBeLessThan(Math.max(1, Math.min(one, other)));
  });

  it("[SEND-6] takes the same text three times, each with its own id, as three messages", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "ok", clientMessageId: "a" })).body;
    await chat.bff.submit({ content: "ok", clientMessageId: "b" }, session.token);
    await chat.bff.submit({ content: "ok", clientMessageId: "c" }, session.token);
    expect(chat.sandbox.messages(session.sessionPublicId)).toHaveLength(3);
  });

  it("[SEND-3] refuses another text under a known id", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "one", clientMessageId: "a" })).body;
    await chat.bff.submit({ content: "two", clientMessageId: "b" }, session.token);
    const reused = await chat.bff.submitProblem({ content: "other", clientMessageId: "b" }, session.token);
    expect([reused.status, reused.body.code]).toEqual([409, "client_message_id_reused"]);
  });
});

describe("a body", () => {
  it.each([
    ["no content", {}],
    ["empty content", { content: "" }],
    ["blank content", { content: " \n\t " }],
    ["content that is no text", { content: ["a"] }],
    ["content that is too long", { content: "x".repeat(4001) }],
    ["a NUL", { content: "a\0b" }],
    ["a lone surrogate", { content: "a\ud800b" }],
    ["an id with a slash", { content: "x", clientMessageId: "../x" }],
    ["an id that is too long", { content: "x", clientMessageId: "x".repeat(65) }],
    ["a visitor key that is too short", { content: "x", visitorKey: "short" }],
    ["attempt 0", { content: "x", attempt: 0 }],
    ["attempt 1.5", { content: "x", attempt: 1.5 }],
    ["after that is no text", { content: "x", after: 5 }],
    ["a session id that is a list", { content: "x", sessionPublicId: ["a"] }],
    ["a list", ["x"]],
    ["null", null],
  ])("[CONTENT-2] with %s is invalid_request", async (_what, body) => {
    await using chat = await startChat();
    const { status, body: problem } = await chat.bff.submitProblem(body);
    expect([status, problem.code]).toEqual([400, "invalid_request"]);
    expect(chat.sandbox.sessions()).toEqual([]);
  });

  it("[CONTENT-1] may have exactly 4,000 units, emoji and inner spaces, and arrives unchanged", async () => {
    await using chat = await startChat();
    const content = `a  b\n\n👩‍👩‍👧‍👦${"x".repeat(4000 - 6 - "👩‍👩‍👧‍👦".length)}`;
    expect(content).toHaveLength(4000);
    const { body } = await chat.bff.submit({ content });
    expect(chat.sandbox.messages(body.session.sessionPublicId)[0]?.content).toBe(content);
  });

  it("[BODY-1] over 64 KiB is payload_too_large; of another type or compressed it is unsupported_media_type", async () => {
    await using chat = await startChat();
    const large = await chat.bff.submitProblem({ content: "x", padding: "x".repeat(65_536) });
    expect([large.status, large.body.code]).toEqual([413, "payload_too_large"]);
    const plain = await chat.bff.problem("/submit", { method: "POST", body: '{"content":"x"}' });
    expect([plain.status, plain.body.code]).toEqual([415, "unsupported_media_type"]);
    const init = submitInit({ content: "x" });
    const compressed = await chat.bff.problem("/submit", {
      ...init,
      headers: { ...init.headers, "Content-Encoding": "gzip" },
    });
    expect([compressed.status, compressed.body.code]).toEqual([415, "unsupported_media_type"]);
  });

  it("with a __proto__ key is read without it", async () => {
    await using chat = await startChat();
    const { status } = await chat.bff.problem("/submit", submitInit('{"__proto__":{"content":"x"}}'));
    expect(status).toBe(400);
    const twice = await chat.bff.request("/submit", submitInit('{"content":"first","content":"second"}'));
    expect(twice.status).toBe(201);
    expect(({} as Record<string, unknown>).content).toBeUndefined();
  });
});

describe("a token", () => {
  it.each([
    ["forged", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"],
    ["no token at all", "x"],
    ["unsigned", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."],
  ])("[TOKEN-1] that is %s is session_token_invalid", async (_what, token) => {
    await using chat = await startChat();
    const { status, body } = await chat.bff.submitProblem({ content: "x" }, token);
    expect([status, body.code]).toEqual([401, "session_token_invalid"]);
  });

  it("signed with a replaced secret is refused everywhere", async () => {
    await using chat = await startChat();
    const { token } = (await chat.bff.submit({ content: "x" })).body.session;
    await using bff = await startBff({
      platform: chat.sandbox,
      env: { MAILOO_CHAT_SESSION_SECRET: "another session secret for tests that is long enough" },
    });
    for (const answer of [
      await bff.submitProblem({ content: "y" }, token),
      await bff.problem("/messages?wait=25", { headers: bearer(token) }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([401, "session_token_invalid"]);
      // So that the page's script may read it.
      expect(answer.headers.get("access-control-allow-origin")).toBe(SITE);
    }
    const socket = bff.socket();
    await socket.opened();
    socket.hello(token);
    expect(await socket.closed()).toBe(4401);
  });

  it("issued before a revocation is invalid", async () => {
    await using chat = await startChat();
    const { session } = (await chat.bff.submit({ content: "x" })).body;
    await using later = await startChat({
      MAILOO_CHAT_SESSION_REVOKED_BEFORE: new Date(Date.now() + 60_000).toISOString(),
    });
    const { body } = await later.bff.submitProblem({ content: "x" }, session.token);
    expect(body.code).toBe("session_token_invalid");
  });
});

describe("the visitor", () => {
  it("is named by the pre-chat form, and must fill in what is required", async () => {
    await using chat = await startChat({ MAILOO_CHAT_PRE_CHAT: "name,email:required" });
    const missing = await chat.bff.submitProblem({ content: "x", visitor: { name: "Ann" } });
    expect([missing.status, missing.body.code]).toEqual([400, "invalid_request"]);
    expect(missing.body.fields).toEqual(["email"]);
    const unusable = await chat.bff.submitProblem({ content: "x", visitor: { email: "nobody" } });
    expect(unusable.body.fields).toEqual(["email"]);
    const { session } = (
      await chat.bff.submit({ content: "x", visitor: { name: "Ann", email: "josé@example.com" } })
    ).body;
    expect(chat.sandbox.sessions()).toMatchObject([{ visitorName: "Ann", visitorEmail: "josé@example.com" }]);
    const next = await chat.bff.submit({ content: "y" }, session.token);
    expect(next.status).toBe(201);
  });

  it("is not refused for an unusable claim", async () => {
    await using chat = await startChat({ MAILOO_CHAT_PRE_CHAT: "name,email" });
    for (const visitor of [
      { name: "Ann", email: "nobody" },
      { name: "A".repeat(999) },
      { email: null },
      null,
    ]) {
      expect((await chat.bff.submit({ content: "x", visitorKey: makeVisitorKey(), visitor })).status).toBe(
        201,
      );
    }
    expect(chat.sandbox.sessions().map(({ visitorEmail }) => visitorEmail ?? null)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("[IDENTITY-1] keeps a verified identity for the session, despite later claims", async () => {
    const secret = "an identity secret of thirty-two bytes";
    await using platform = await startFakePlatform();
    platform.onSend(
      json({ sessionPublicId: "s1", messageId: "m1", createdAt: new Date().toISOString() }, 201),
    );
    await using bff = await startBff({
      platform,
      env: { MAILOO_CHAT_IDENTITY_SECRET: secret, MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY: "on" },
    });
    const identity = await new SignJWT({ name: "Ann", email: "ann@example.com" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("user-1")
      .setAudience("mailoo-chat")
      .setExpirationTime("10m")
      .sign(new TextEncoder().encode(secret));
    const sent: unknown[] = [];
    let token: string | undefined;
    for (const [index, visitor] of [{ name: "Bob" }, { token: identity }, { name: "Eve" }].entries()) {
      const message = { content: `${index}`, clientMessageId: `c${index}`, visitor };
      token = (await bff.submit(message, token)).body.session.token;
      sent.push(platform.requests.findLast(({ operation }) => operation === "send")?.body);
    }
    expect(sent).toEqual([
      { content: "0", senderName: "Bob (unverified)" },
      { content: "1", sessionPublicId: "s1", senderName: "Ann", senderEmail: "ann@example.com" },
      { content: "2", sessionPublicId: "s1" },
    ]);
    // A character of it altered, and it is refused, not ignored.
    const forged = `${identity.slice(0, -1)}${identity.endsWith("A") ? "B" : "A"}`;
    const refused = await bff.submitProblem({ content: "x", visitor: { token: forged } }, token);
    expect([refused.status, refused.body.code]).toEqual([401, "identity_invalid"]);
  });
});

describe("a challenge", () => {
  it("is required before a first message if the owner wants it, and valid once", async () => {
    await using chat = await startChat({ MAILOO_CHAT_CHALLENGE: "always" });
    const config = (await chat.bff.chatConfig()).body as { challenge: ProofOfWork };
    expect(config.challenge).toMatchObject({ algorithm: "SHA-256" });
    const asked = await chat.bff.submitProblem({ content: "x" });
    expect([asked.status, asked.body.code]).toEqual([403, "challenge_required"]);
    const wrong = await chat.bff.submitProblem({ content: "x", challengeSolution: { number: 1 } });
    expect([wrong.status, wrong.body.code]).toEqual([403, "challenge_invalid"]);
    expect(chat.sandbox.sessions()).toEqual([]);

    const challengeSolution = solveChallenge(asked.body.challenge as ProofOfWork);
    const { status, body } = await chat.bff.submit({ content: "x", challengeSolution });
    expect(status).toBe(201);
    const reused = await chat.bff.submitProblem({ content: "y", challengeSolution });
    expect(reused.body.code).toBe("challenge_required");
    expect((await chat.bff.submit({ content: "y" }, body.session.token)).status).toBe(201);
  });
});

describe("a session that the platform calls closed", () => {
  it("takes no message, and is announced before its sockets are closed", async () => {
    await using platform = await startFakePlatform();
    const createdAt = new Date().toISOString();
    platform.onStatus(json({ status: "online" }));
    platform.onSend(
      json({ sessionPublicId: "s1", messageId: "m1", createdAt }, 201),
      json({ error: { code: "SESSION_CLOSED" } }, 403),
    );
    platform.onList(json({ messages: [{ id: "m1", content: "one", author: "visitor", createdAt }] }));
    await using bff = await startBff({ platform });
    const { session } = (await bff.submit({ content: "one" })).body;
    const socket = bff.socket();
    await socket.opened();
    socket.hello(session.token);
    await socket.ready();

    const refused = await bff.submitProblem({ content: "two" }, session.token);
    expect([refused.status, refused.body.code]).toEqual([409, "session_closed"]);
    // It was about this session: nobody else is locked out.
    expect((await fetch(`${bff.url}/readyz`)).status).toBe(200);

    platform.onList(json({ code: "session_closed" }, 410));
    const peer = await platform.openSocket();
    peer.push({ type: "something-happened" });
    expect(await socket.frame("session")).toEqual({ type: "session", state: "closed" });
    expect(await socket.closed()).toBe(4410);
  });
});

describe("a platform in trouble", () => {
  it("[READY-1] that refuses the key is upstream_rejected, and makes the BFF unready", async () => {
    await using chat = await startChat({ MAILOO_CHAT_INTEGRATION_API_KEY: "a-wrong-key" });
    const { status, body } = await chat.bff.submitProblem({ content: "x" });
    expect([status, body.code]).toEqual([502, "upstream_rejected"]);
    const ready = await fetch(`${chat.bff.url}/readyz`);
    expect(ready.status).toBe(503);
    await expect(ready.json()).resolves.toMatchObject({ ready: false, checks: { key: "down" } });
    expect(chat.bff.log.text).not.toContain("a-wrong-key");
  });

  it("that cannot be reached is upstream_unavailable with Retry-After", async () => {
    await using chat = await startChat();
    await chat.sandbox.close();
    const { status, body, headers } = await chat.bff.submitProblem({ content: "x" });
    expect([status, body.code]).toEqual([503, "upstream_unavailable"]);
    expect(headers.get("retry-after")).toBe(String(body.retryAfter));
  });

  it("behind a gateway that answers everything 404 for a moment keeps its sessions and their sends", async () => {
    await using platform = await startFakePlatform();
    const createdAt = new Date().toISOString();
    const item = (id: string, content: string) => ({ id, content, author: "visitor", createdAt });
    const status = json({ status: "online" });
    const listed = json([item("m1", "one")]);
    platform.onStatus(status);
    platform.onList(listed);
    await using bff = await startBff({ platform });
    const token = await tokenOf(bff, "s1", Date.now() - 10 * 60_000);
    const socket = bff.socket();
    await socket.opened();
    socket.hello(token);
    await socket.ready();

    const noRoute = json({ message: "no Route matched with those values" }, 404);
    platform.onStatus(noRoute);
    platform.onList(noRoute);
    platform.onSend(noRoute);
    const peer = await platform.openSocket();
    for (let hint = 0; hint < 3; hint += 1) peer.push({ type: "something-happened" });
    const sending = bff.submit({ content: "two", clientMessageId: "c2", after: "m1" }, token);
    await platform.sawRequest(({ operation }) => operation === "send");
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    platform.onStatus(status);
    platform.onList(listed);
    platform.onSend(json({ sessionPublicId: "s1", messageId: "m2", createdAt }, 201));

    const sent = await sending;
    expect([sent.status, sent.body.message.id]).toEqual([201, "m2"]);
    expect((await socket.message("two")).message.id).toBe("m2");
    expect((await bff.messages(token)).status).toBe(200);
  }, 40_000);
});
