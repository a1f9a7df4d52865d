import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import {
  endlessBody,
  hang,
  hangWithinBody,
  json,
  rawBytes,
  resetBeforeAnswer,
  resetWithinBody,
  startFakePlatform,
  text,
} from "../support/fake-platform.ts";
import { connectMailoo, eventually, failureOf, TEST_KEY, TEST_ORIGIN } from "../support/mailoo-fixture.ts";

const FIRST = { content: "Hello", sessionPublicId: null, origin: TEST_ORIGIN, sender: null };
const NEXT = { ...FIRST, sessionPublicId: "s1" };

describe("sending", () => {
  it("posts the message to the documented URL, with the key and the page's origin", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(
      json({ sessionPublicId: "s1", messageId: "m1", createdAt: "2026-01-02T03:04:05.678Z" }, 201),
    );

    const sent = await mailoo.client.send({ ...FIRST, sender: { name: "Ann", email: "ann@example.com" } });

    expect(sent).toEqual({ sessionPublicId: "s1", messageId: "m1", createdAt: "2026-01-02T03:04:05.678Z" });
    const [request] = platform.requests;
    expect(request).toMatchObject({
      method: "POST",
      target: "/api/v1/webhooks/chat/proj_1/int_1/messages",
      body: { content: "Hello", senderName: "Ann", senderEmail: "ann@example.com" },
    });
    expect(request?.headers).toMatchObject({
      "x-api-key": TEST_KEY,
      origin: TEST_ORIGIN,
      "content-type": "application/json",
    });
  });

  it("names the session only when it continues one, and believes its own id of it", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(
      json({ success: true, messageId: "m2", sessionId: 42, message: "processed successfully" }),
    );

    expect(await mailoo.client.send(NEXT)).toEqual({
      sessionPublicId: "s1",
      messageId: "m2",
      createdAt: null,
    });
    expect(platform.requests[0]?.body).toEqual({ content: "Hello", sessionPublicId: "s1" });
  });

  it("accepts an empty answer for a session that is known, and not for a new one", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend((_request, { response }) => void response.writeHead(204).end());

    expect(await mailoo.client.send(NEXT)).toEqual({
      sessionPublicId: "s1",
      messageId: null,
      createdAt: null,
    });
    expect(await failureOf(mailoo.client.send(FIRST))).toEqual({ kind: "malformed", keysSeen: [] });
  });

  it.each([
    ["a reset before the answer", resetBeforeAnswer],
    ["a reset within the answer", resetWithinBody],
    ["bytes that are no HTTP", rawBytes("SSH-2.0-OpenSSH_9.9\r\n")],
    ["an answer that ends before it has begun", rawBytes("")],
  ])("calls %s no answer and never sends again", async (_name, behaviour) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(behaviour);

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "no-answer", timedOut: false });
    expect(platform.requests).toHaveLength(1);
  });

  it.each([
    ["never begins", hang],
    ["never ends", hangWithinBody],
  ])("gives up on an answer that %s at the deadline", async (_name, behaviour) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url, { timeouts: { callMs: 500 } });
    platform.onSend(behaviour);

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "no-answer", timedOut: true });
    await eventually(() => platform.connections.open).toBe(0);
  });

  it("calls a platform that is not there unreachable", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    await platform.pause();

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "unreachable" });
  });

  it("is not sent after its time limit", async () => {
    await using speechless = await startSpeechlessServer();
    await using mailoo = connectMailoo(`https://127.0.0.1:${speechless.port}`, {
      timeouts: { startMs: 100 },
    });

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "unreachable" });
  });

  it("stops reading an answer that is too large and drops its connection", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(endlessBody);

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "malformed", keysSeen: [] });
    await eventually(() => platform.connections.open).toBe(0);
  });

  it.each([
    [302, { kind: "refused", status: 302 }],
    [307, { kind: "refused", status: 307 }],
    [400, { kind: "refused", status: 400 }],
    [401, { kind: "unauthorised", status: 401 }],
    [403, { kind: "unauthorised", status: 403 }],
    [408, { kind: "no-answer", timedOut: true }],
    [409, { kind: "refused", status: 409 }],
    [422, { kind: "refused", status: 422 }],
    [429, { kind: "rate-limited", retryAfterMs: 7_000 }],
    [500, { kind: "server-error", status: 500, fromPlatform: true, retryAfterMs: 7_000 }],
    [502, { kind: "server-error", status: 502, retryAfterMs: 7_000 }],
  ])("reads a %i, tries once, and follows no redirect", async (status, failure) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(
      json({ message: "no" }, status, { "retry-after": "7", location: `${platform.url}/elsewhere` }),
    );

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual(failure);
    expect(platform.requests).toHaveLength(1);
  });

  it.each([404, 410])(
    "takes a %i for the end of the session where status and history agree",
    async (status) => {
      await using platform = await startFakePlatform();
      await using mailoo = connectMailoo(platform.url);
      platform.onSend(json({ message: "no" }, status));
      platform.onList(json({ message: "no" }, status));
      platform.onStatus(json({ status: "online" }));
      expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "session-unknown" });

      platform.onList(json([]));
      expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "server-error", status: 404 });

      platform.onList(json({ message: "no" }, status));
      platform.onStatus(json({ message: "no" }, status));
      expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "server-error", status: 404 });
      expect(platform.requests.filter(({ operation }) => operation === "send")).toHaveLength(3);
    },
  );

  it.each([
    ["<html>500 Internal Server Error</html>", 500, { kind: "server-error", status: 500 }],
    ["<!doctype html><title>404</title>", 404, { kind: "server-error", status: 404 }],
    ["default backend - 404", 404, { kind: "server-error", status: 404 }],
    ["404 page not found\n", 404, { kind: "server-error", status: 404 }],
    ["<html>blocked</html>", 403, { kind: "refused", status: 403 }],
  ])("does not take %j of something in between for the platform's word", async (page, status, failure) => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(text(page, status));

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual(failure);
  });

  it("leaves the platform alone for as long as it asks, and other sessions go on", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(
      json({ message: "slow down" }, 429, { "retry-after": "20" }),
      json({ sessionPublicId: "s2", messageId: "m1", createdAt: new Date().toISOString() }, 201),
    );
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const failure = await failureOf(mailoo.client.send(NEXT));
      expect(failure).toMatchObject({ kind: "rate-limited" });
      expect(failure.kind === "rate-limited" && failure.retryAfterMs).toBeGreaterThan(15_000);
    }
    expect(platform.requests).toHaveLength(1);
    await mailoo.client.send({ ...NEXT, sessionPublicId: "s2" });
    expect(platform.requests).toHaveLength(2);
  });

  it("does not take a missing integration for a lost session", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(json({ code: "INTEGRATION_NOT_FOUND" }, 404));

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "refused", status: 404 });
    expect(await failureOf(mailoo.client.send(FIRST))).toEqual({ kind: "refused", status: 404 });
  });

  it("treats a 200 that reports a failure as a failure", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(
      json({ success: false, message: "quota" }),
      json({ ok: false, code: "session_not_found" }),
    );
    platform.onList(json({ ok: false, code: "session_not_found" }));
    platform.onStatus(json({ status: "online" }));

    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "refused", status: 200 });
    expect(await failureOf(mailoo.client.send(NEXT))).toEqual({ kind: "session-unknown" });
  });

  it("ends at once when its caller gives up", async () => {
    await using platform = await startFakePlatform();
    await using mailoo = connectMailoo(platform.url);
    platform.onSend(hang);
    const caller = new AbortController();

    const failure = failureOf(mailoo.client.send(NEXT, caller.signal));
    await platform.sawRequest((request) => request.operation === "send");
    caller.abort();

    expect(await failure).toEqual({ kind: "no-answer", timedOut: false });
    expect(await failureOf(mailoo.client.send(NEXT, caller.signal))).toEqual({ kind: "unreachable" });
    expect(platform.requests).toHaveLength(1);
  });
});

/** Takes connections and never says a word, so that no TLS handshake comes to its end. */
async function startSpeechlessServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
