import type { SubmitResponse } from "@mailoo-chat/protocol";
import { SEED } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { bearer, makeVisitorKey } from "./support/bff-calls.ts";
import { json, startFakePlatform, text } from "./support/fake-platform.ts";
import { startBff } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

describe("the log", () => {
  it("[SECRET-2] has one line per request with its id, and nothing that a visitor would not want there", async () => {
    await using chat = await startChat({ LOG_LEVEL: "trace" });
    const visitorKey = makeVisitorKey();
    const { session } = (await chat.bff.submit({ content: "a very private sentence", visitorKey })).body;
    await chat.bff.submit({ content: "another private sentence" }, session.token);
    await chat.bff.messages(session.token, {
      since: "2026-01-01T00:00:00Z",
      sessionPublicId: session.sessionPublicId,
    });
    await chat.bff.request("/a-path-of-the-caller?secret=in-the-query");
    await chat.bff.submitProblem('{"content": unquoted-private-text');
    const socket = chat.bff.socket();
    await socket.opened();
    socket.hello(session.token);
    await socket.ready();
    socket.close();
    const answered = await chat.bff.request("/status");
    const requestId = answered.headers.get("x-request-id");
    await expect
      .poll(() => chat.bff.log.lines.filter((line) => line.requestId === requestId))
      .toHaveLength(1);
    for (const secret of [
      session.token,
      session.token.split(".")[2] ?? "",
      session.sessionPublicId,
      visitorKey,
      "private",
      "in-the-query",
      "a-path-of-the-caller",
      "2026-01-01",
      SEED.apiKey,
    ]) {
      expect(chat.bff.log.text).not.toContain(secret);
    }
    const sends = chat.bff.log.lines.filter((line) => line.route === "submit" && line.status === 201);
    expect(new Set(sends.map((line) => line.session)).size).toBe(1);
  });
});

describe("the API key", () => {
  it("[SECRET-1] echoed by the platform wherever it can, reaches neither browser nor log nor metrics", {
    // A 502 leaves a send's outcome unknown for 15 s.
    timeout: 40_000,
  }, async () => {
    await using platform = await startFakePlatform();
    await using bff = await startBff({ platform, env: { LOG_LEVEL: "trace", METRICS: "on" } });
    const key = SEED.apiKey;
    platform.onStatus(json({ status: key }, 200, { "X-Echo": key }));
    platform.onList(
      json({
        messages: [{ id: "m1", author: key, content: `see ${key}`, createdAt: new Date().toISOString() }],
      }),
    );
    platform.onSend(
      text(`<html>${key}</html>`, 502, { Location: `https://evil.test/${key}` }),
      json({ error: key, message: key }, 400),
      json({ sessionPublicId: "s1", messageId: "m1", message: key }, 201),
    );
    const answers = [
      await bff.request("/config"),
      await bff.request("/status"),
      ...(await Promise.all(
        ["a", "b", "c"].map((clientMessageId) =>
          bff.request("/submit", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ content: clientMessageId, clientMessageId, visitorKey: makeVisitorKey() }),
          }),
        ),
      )),
      await fetch(`${bff.url}/metrics`),
    ];
    const accepted = answers.filter(({ status }) => status === 201).map((answer) => answer.clone());
    expect(accepted.length).toBeGreaterThan(0);
    const [grant] = await Promise.all(accepted.map((answer) => answer.json() as Promise<SubmitResponse>));
    const token = grant?.session.token ?? "";
    answers.push(await bff.request("/messages", { headers: bearer(token) }));
    for (const answer of answers) {
      expect(JSON.stringify([...answer.headers])).not.toContain(key);
      expect(await answer.text()).not.toContain(key);
    }
    expect(bff.log.text).not.toContain(key);
  });

  it("[SECRET-1] echoed in a frame, a refused upgrade or a redirect, reaches no browser's socket either", async () => {
    await using platform = await startFakePlatform();
    await using bff = await startBff({ platform, env: { LOG_LEVEL: "trace", METRICS: "on" } });
    const key = SEED.apiKey;
    platform.onStatus(json({ status: "online" }));
    platform.onSend(
      json({ sessionPublicId: "s1", messageId: "m1", createdAt: new Date().toISOString() }, 201),
    );
    platform.onList(json({ messages: [] }));
    const { session } = (await bff.submit({ content: "Hello" })).body;
    const socket = bff.socket();
    await socket.opened();
    socket.hello(session.token);
    await socket.ready();
    const peer = await platform.openSocket();
    const at = (second: number) => new Date(Date.now() + second * 1_000).toISOString();
    peer.push({ id: "m2", author: "owner", authorName: key, content: `the key is ${key}`, createdAt: at(1) });
    peer.push({ type: key, [key]: key });
    const { message } = await socket.frame("message", (frame) => frame.message.id === "m2");
    expect(message.content).toBe("the key is [redacted]");
    peer.close(1008);
    platform.onUpgrade(403);
    platform.onList(text("", 302, { Location: `/login?key=${key}` }), text(`<h1>${key}</h1>`, 500));
    await platform.sawRequest(({ operation }) => operation === "list" && platform.sockets.length === 0);

    const redirected = await bff.request("/messages", { headers: bearer(session.token) });
    const metrics = await fetch(`${bff.url}/metrics`);
    for (const shown of [
      JSON.stringify(socket.frames),
      await redirected.text(),
      await metrics.text(),
      bff.log.text,
    ]) {
      expect(shown).not.toContain(key);
    }
    // Nobody was sent to where the redirect points.
    expect(platform.requests.filter(({ target }) => target.startsWith("/login"))).toEqual([]);
    socket.close();
  });
});
