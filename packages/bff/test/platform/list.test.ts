import { describe, expect, it } from "vitest";
import {
  endlessBody,
  hang,
  json,
  resetBeforeAnswer,
  resetWithinBody,
  startFakePlatform,
  text,
  thenCloseConnection,
} from "../support/fake-platform.ts";
import {
  connectMailoo,
  createHandClock,
  eventually,
  failureOf,
  TEST_KEY,
  TEST_ORIGIN,
} from "../support/mailoo-fixture.ts";

const QUERY = { sessionPublicId: "s1", origin: TEST_ORIGIN, sinceMs: null, priority: "interactive" } as const;
const ITEM = { id: "m1", content: "Hello", createdAt: "2026-03-04T05:06:07.089Z", senderType: "OWNER" };
const MESSAGE = { id: "m1", content: "Hello", createdAt: "2026-03-04T05:06:07.089Z", author: "owner" };
const PAGE = json({ messages: [ITEM] });
/** What gateways and proxies say that know of no platform. */
const NOT_FOUND = [
  '{"message":"no Route matched with those values"}',
  '{"message":"Not Found"}',
  '{"detail":"Not Found"}',
  "",
  "no healthy upstream",
  "<html>404</html>",
];

describe("listing", () => {
  it("requests the documented URL, with the key and the page's origin", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(PAGE);

    expect(await mailoo.client.list({ ...QUERY, sinceMs: Date.UTC(2026, 0, 2) })).toEqual([MESSAGE]);
    const [request] = platform.requests;
    expect(request?.method).toBe("GET");
    expect(request?.target.split("?")[0]).toBe("/api/v1/webhooks/chat/proj_1/int_1/sessions/s1/messages");
    expect(request?.query.get("since")).toBe("2026-01-02T00:00:00.000Z");
    expect(request?.headers).toMatchObject({ "x-api-key": TEST_KEY, origin: TEST_ORIGIN });
  });

  it("leaves out an item that is not understood, and logs its keys once", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json([ITEM, { id: "m2", sticker: "a private word" }]));

    for (let i = 0; i < 3; i += 1) expect(await mailoo.client.list(QUERY)).toEqual([MESSAGE]);
    expect(mailoo.log.lines.filter((line) => line.keysSeen !== undefined)).toHaveLength(1);
    expect(mailoo.log.text).toContain("sticker");
    expect(mailoo.log.text).not.toContain("a private word");
  });

  it.each([
    ["its public id", { sessionPublicId: "s2" }],
    ["the public id of its chat", { chat: { public_id: "s2" } }],
    ["a room", { meta: { room: "s2" } }],
    ["an inner id that the others do not have", { sessionId: 18 }],
  ])("leaves out an item that names another session by %s, and logs it as an error", async (_name, names) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json([ITEM, { ...ITEM, id: "m2", content: "a stranger's word", ...names }]));

    for (let i = 0; i < 2; i += 1) expect(await mailoo.client.list(QUERY)).toEqual([MESSAGE]);
    expect(mailoo.log.lines.filter(({ level }) => level === 50)).toHaveLength(1);
    expect(mailoo.log.text).not.toMatch(/stranger|"s2"/);
  });

  it("returns nothing if the whole answer belongs to another session", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json({ session: { publicId: "s2" }, messages: [ITEM] }));

    expect(await mailoo.client.list(QUERY)).toEqual([]);
  });

  it("learns the inner id that all items of a session have, for listings and pushes", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const inner = (id: string, sessionId: number) => ({ ...ITEM, id, sessionId, channel: "web" });
    platform.onList(
      json([inner("m1", 17), inner("m2", 17)]),
      json([inner("m3", 18)]),
      json([inner("m4", 17), inner("m5", 18)]),
    );
    const idsListed = async () => (await mailoo.client.list(QUERY)).map(({ id }) => id);
    expect(await idsListed()).toEqual(["m1", "m2"]);
    expect(await idsListed()).toEqual([]);
    expect(await idsListed()).toEqual(["m4"]);

    const pushed: string[] = [];
    mailoo.client.openVisitorSocket(QUERY, {
      onOpen: () => {},
      onMessage: ({ id }) => void pushed.push(id),
      onChangeHint: () => void pushed.push("change hint"),
      onClose: () => {},
    });
    const peer = await platform.openSocket();
    peer.push({ type: "message", payload: inner("m6", 18) });
    peer.push({ type: "message", payload: inner("m7", 17) });
    await eventually(() => pushed).toEqual(["change hint", "m7"]);
  });

  it.each([
    ["a 500", text("<html>oops</html>", 500)],
    ["a reset before the answer", resetBeforeAnswer],
    ["a reset within the answer", resetWithinBody],
    ["a first try that hangs", hang],
  ])("tries again after %s", async (_name, trouble) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { timeouts: { attemptMs: 500 } });
    platform.onList(trouble, PAGE);

    expect(await mailoo.client.list(QUERY)).toEqual([MESSAGE]);
    expect(platform.requests).toHaveLength(2);
  });

  it("uses a new connection if the server has closed the old one", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(thenCloseConnection(PAGE));

    for (let i = 0; i < 5; i += 1) expect(await mailoo.client.list(QUERY)).toEqual([MESSAGE]);
  });

  it("keeps its connection from call to call", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(PAGE);

    for (let i = 0; i < 20; i += 1) await mailoo.client.list(QUERY);
    // The pool takes a second one where the first has not yet said that it is free.
    expect(platform.connections.accepted).toBeLessThanOrEqual(2);
  });

  it("gives up after a few tries, with what it met last", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(resetBeforeAnswer, json({}, 500), json({}, 503));

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "server-error", status: 503 });
    expect(platform.requests).toHaveLength(3);
  });

  it("does not retry sooner than the platform asks, nor at all if that is too late", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json({}, 503, { "retry-after": "60" }));

    expect(await failureOf(mailoo.client.list(QUERY))).toMatchObject({
      kind: "server-error",
      status: 503,
    });
    expect(platform.requests).toHaveLength(1);
  });

  it.each([
    [401, undefined, { kind: "unauthorised", status: 401 }],
    [429, "3", { kind: "rate-limited", retryAfterMs: 3_000 }],
    [429, "99999999", { kind: "rate-limited", retryAfterMs: 300_000 }],
    [429, "tomorrow", { kind: "rate-limited", retryAfterMs: null }],
    [429, undefined, { kind: "rate-limited", retryAfterMs: null }],
    [302, undefined, { kind: "refused", status: 302 }],
  ])("takes a %i with Retry-After %s for the last word", async (status, retryAfter, failure) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json({}, status, retryAfter === undefined ? {} : { "retry-after": retryAfter }));

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual(failure);
    expect(platform.requests).toHaveLength(1);
  });

  it.each(NOT_FOUND)(
    "does not take %s for the end of a session while the status is 404 as well",
    async (answer) => {
      await using platform = await startFakePlatform();
      const clock = createHandClock();
      await using mailoo = connectMailoo(platform.url, { clock });
      platform.onList(text(answer, 404));
      platform.onStatus(text(answer, 404));

      for (let s = 0; s < 60; s += 10) {
        expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "server-error", status: 404 });
        clock.pass(10_000);
      }
      // It lasts.
      const last = await failureOf(mailoo.client.list(QUERY));
      expect(last).toEqual(
        answer.startsWith("<") ? { kind: "server-error", status: 404 } : { kind: "session-unknown" },
      );
    },
  );

  it("takes a 404 for the end of a session while the status is answered", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onStatus(json({ status: "online" }));
    platform.onList(json({ code: "session_not_found" }, 404));
    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "session-unknown" });

    // The last 404 of a gateway that recovers before the status is asked.
    platform.onList(json({ message: "no Route matched with those values" }, 404), PAGE);
    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "server-error", status: 404 });
    expect(await mailoo.client.list(QUERY)).toEqual([MESSAGE]);
  });

  it("asks for the status once at a time, however many sessions are answered 404", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onList(json({ message: "Not Found" }, 404));
    platform.onStatus(json({ message: "Not Found" }, 404));

    const sessions = Array.from({ length: 50 }, (_, index) => ({ ...QUERY, sessionPublicId: `s${index}` }));
    await Promise.all(sessions.map((query) => failureOf(mailoo.client.list(query))));
    expect(platform.requests.filter(({ operation }) => operation === "status").length).toBeLessThan(25);
  });

  it("knows for a minute that a session exists which a send has opened", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onStatus(json({ status: "online" }));
    platform.onSend(json({ sessionPublicId: "s1", messageId: "m1" }, 201));
    platform.onList(json({ code: "session_not_found" }, 404));
    await mailoo.client.send({ content: "One", sessionPublicId: null, origin: QUERY.origin, sender: null });

    clock.pass(59_000);
    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "server-error", status: 404 });
    clock.pass(2_000);
    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "session-unknown" });
  });

  it("knows for some seconds that a session exists whose token was issued", async () => {
    await using platform = await startFakePlatform();
    const clock = createHandClock();
    await using mailoo = connectMailoo(platform.url, { clock });
    platform.onStatus(json({ status: "online" }));
    platform.onList(json({ code: "session_not_found" }, 404));
    mailoo.client.sessionIssued("s1", clock.epochMs());

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "server-error", status: 404 });
    clock.pass(6_000);
    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "session-unknown" });
  });

  it.each([
    ["a page in place of JSON", text("<!doctype html><title>Login</title>"), []],
    ["JSON that is no list", json({ greeting: "Hello" }), ["greeting"]],
    ["a list of nothing known", json([{ foo: 1 }]), ["foo"]],
    ["an endless body", endlessBody, []],
    ["an empty body", text(""), []],
  ])("makes no sense of %s, and does not ask twice", async (_name, behaviour, keysSeen) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { maxResponseBytes: 100_000 });
    platform.onList(behaviour);

    expect(await failureOf(mailoo.client.list(QUERY))).toEqual({ kind: "malformed", keysSeen });
    expect(platform.requests).toHaveLength(1);
  });

  it("sends no request for an id that cannot be part of a URL", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);

    expect(await failureOf(mailoo.client.list({ ...QUERY, sessionPublicId: ".." }))).toEqual({
      kind: "session-unknown",
    });
    expect(platform.requests).toHaveLength(0);
  });

  it("does not retry for a caller that gave up", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const caller = new AbortController();
    platform.onList(hang, PAGE);

    const failure = failureOf(mailoo.client.list(QUERY, caller.signal));
    await platform.sawRequest(({ operation }) => operation === "list");
    caller.abort();
    expect(await failure).toEqual({ kind: "no-answer", timedOut: false });
    expect(platform.requests).toHaveLength(1);
  });

  it("ends at once when its caller gives up between two tries", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    const caller = new AbortController();
    platform.onList(json({}, 500, { "retry-after": "5" }));

    const failure = failureOf(mailoo.client.list(QUERY, caller.signal));
    await eventually(() => mailoo.calls.length).toBe(1);
    caller.abort();
    expect(await failure).toMatchObject({ kind: "server-error", status: 500 });
    expect(platform.requests).toHaveLength(1);
  });
});
