import {
  DEFAULT_BASE_PATH,
  type MessagePage,
  type Problem,
  type SubmitResponse,
} from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { type ChatBffOptions, createChatBff } from "../src/index.ts";
import { bffEnvironment, SITE } from "./support/start-bff.ts";

async function startChat(env: Record<string, string> = {}, options: Omit<ChatBffOptions, "env"> = {}) {
  const sandbox = await startSandbox();
  const chat = createChatBff({
    ...options,
    env: bffEnvironment(sandbox.url, { LOG_LEVEL: "silent", ...env }),
  });
  const base = `https://www.example.com${options.basePath ?? DEFAULT_BASE_PATH}`;
  return {
    sandbox,
    ask: (path: string, init: RequestInit = {}) =>
      chat.fetch(new Request(`${base}${path}`, { ...init, headers: { origin: SITE, ...init.headers } })),
    async submit(body: unknown, headers: Record<string, string> = {}) {
      const answer = await this.ask("/submit", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as SubmitResponse & Problem };
    },
    async [Symbol.asyncDispose]() {
      await chat.close();
      await sandbox.close();
    },
  };
}

describe("createChatBff().fetch", () => {
  it("carries a conversation by long polls, and offers no socket", async () => {
    await using chat = await startChat();
    const config = await chat.ask("/config");
    expect(await config.json()).toMatchObject({ realtime: { ws: null } });
    const { status, body } = await chat.submit({ content: "Hello" });
    expect(status).toBe(201);
    const { token, sessionPublicId } = body.session;
    const authorization = `Bearer ${token}`;
    const seen = (await (await chat.ask("/messages", { headers: { authorization } })).json()) as MessagePage;
    const held = chat.ask("/messages", {
      headers: { authorization, "mailoo-chat-since": seen.cursor ?? "", "mailoo-chat-wait": "25" },
    });
    chat.sandbox.reply(sessionPublicId, "An answer");
    expect(await (await held).json()).toMatchObject({ messages: [{ content: "An answer" }] });
  });

  it("serves the widget for the framework to compress, and answers conditional and HEAD requests without a body", async () => {
    await using chat = await startChat();
    const script = await chat.ask("/widget.js", { headers: { "accept-encoding": "br" } });
    expect([script.status, script.headers.get("content-encoding")]).toEqual([200, null]);
    expect((await script.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    const config = await chat.ask("/config");
    const etag = config.headers.get("etag") ?? "";
    expect((await chat.ask("/config", { headers: { "if-none-match": etag } })).status).toBe(304);
    const head = await chat.ask("/config", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("refuses a large body and a strange origin as on a port", async () => {
    await using chat = await startChat();
    const large = await chat.submit({ content: "x", padding: "x".repeat(70_000) });
    expect([large.status, large.body.code]).toEqual([413, "payload_too_large"]);
    const strange = await chat.submit({ content: "x" }, { origin: "https://evil.example" });
    expect([strange.status, strange.body.code]).toEqual([403, "origin_not_allowed"]);
  });

  it("answers below another path, and counts visitors by TRUST_PROXY", async () => {
    await using chat = await startChat(
      { TRUST_PROXY: "1", MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60" },
      { basePath: "/support/chat" },
    );
    const ask = (forwardedFor: string) =>
      chat.ask("/status", { headers: { "x-forwarded-for": forwardedFor } });
    expect((await ask("203.0.113.1")).status).toBe(200);
    expect((await ask("203.0.113.2")).status).toBe(200);
    expect((await ask("203.0.113.9, 203.0.113.2")).status).toBe(429);
  });

  it("asks the application who the visitor is, with the site's cookies", async () => {
    await using chat = await startChat(
      {},
      {
        resolveVisitor: ({ headers }) =>
          headers.cookie === "user=ada" ? { name: "Ada", email: "ada@example.com" } : null,
      },
    );
    expect((await chat.submit({ content: "Hello" }, { cookie: "user=ada" })).status).toBe(201);
    expect(chat.sandbox.sessions()).toMatchObject([{ visitorEmail: "ada@example.com" }]);
  });
});
