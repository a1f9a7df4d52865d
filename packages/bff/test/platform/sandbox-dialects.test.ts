import type { ChatMessage } from "@mailoo-chat/protocol";
import { DIALECTS, type DialectName, type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import type { MailooClientOptions } from "../../src/platform/client.ts";
import { connectMailoo, eventually, failureOf, type MailooFixture } from "../support/mailoo-fixture.ts";

const ORIGIN = "http://localhost:5173";
const SEND = { content: "Hello", sessionPublicId: null, origin: ORIGIN, sender: null };
const DIALECT_NAMES = Object.keys(DIALECTS) as DialectName[];

describe.each(DIALECT_NAMES)("against the sandbox in its dialect %s", (dialect) => {
  it("holds a conversation", async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ dialect });
    await using mailoo = connect(sandbox);

    const first = await mailoo.client.send({ ...SEND, sender: { name: "Ann", email: "ann@example.com" } });
    const session = { sessionPublicId: first.sessionPublicId, origin: ORIGIN };
    const second = await mailoo.client.send({ ...SEND, content: "Anybody there?", ...session });
    sandbox.reply(first.sessionPublicId, "Yes & <b>how</b>");

    const truth = sandbox.messages(first.sessionPublicId);
    expect(second.sessionPublicId).toBe(first.sessionPublicId);
    expect([first.messageId, second.messageId]).toEqual(truth.slice(0, 2).map(({ id }) => id));
    expect(first.createdAt).toBe(new Date(truth[0]?.createdAtMs ?? 0).toISOString());

    const listed = await mailoo.client.list({ ...session, sinceMs: null, priority: "interactive" });
    expect(listed.map(({ authorName: _, ...message }) => message)).toEqual(
      truth.map(({ id, sender, content, createdAtMs }) => ({
        id,
        author: sender,
        content,
        createdAt: new Date(createdAtMs).toISOString(),
      })),
    );
  });

  it("receives a reply over the socket with the same text as in the history", async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ dialect });
    await using mailoo = connect(sandbox);
    const { sessionPublicId } = sandbox.send("Hello");
    const received = listen(mailoo, sessionPublicId);
    await received.opened;

    sandbox.reply(sessionPublicId, "Yes");
    const pushed = await received.message;
    const query = { sessionPublicId, origin: ORIGIN, sinceMs: null, priority: "interactive" } as const;
    expect(await mailoo.client.list(query)).toContainEqual(pushed);
    expect(pushed).toMatchObject({ author: "owner", content: "Yes" });
  });

  it("reads the status and an unknown session", async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ dialect });
    await using mailoo = connect(sandbox);

    sandbox.setPresence("online");
    expect(await mailoo.client.status()).toEqual({ status: "online", welcomeMessage: SEED.welcomeMessage });
    sandbox.setPresence("away");
    expect(await mailoo.client.status()).toEqual({ status: "away", welcomeMessage: SEED.welcomeMessage });
    const query = {
      sessionPublicId: "nobody",
      origin: ORIGIN,
      sinceMs: null,
      priority: "interactive",
    } as const;
    expect(await failureOf(mailoo.client.list(query))).toEqual({ kind: "session-unknown" });
    expect(await failureOf(mailoo.client.send({ ...SEND, sessionPublicId: "nobody" }))).toEqual({
      kind: "session-unknown",
    });
  });
});

describe("against the sandbox", () => {
  it("makes an integration and talks through it", async () => {
    await using sandbox = await startSandbox();
    await using mailoo = connect(sandbox);
    const { integrationId } = await mailoo.client.createIntegration({
      name: "Another site",
      welcomeMessage: "Hi!",
      allowedOrigins: ["https://other.example"],
      domain: null,
    });

    await using other = connect(sandbox, { integrationId, fallbackOrigin: "https://other.example" });
    expect(await other.client.send({ ...SEND, origin: "https://other.example" })).toMatchObject({
      messageId: expect.any(String),
    });
    expect(await failureOf(other.client.send(SEND))).toEqual({ kind: "unauthorised", status: 403 });
  });

  it("distinguishes a wrong key, a missing scope and a wrong integration", async () => {
    await using sandbox = await startSandbox({
      keys: [{ key: "ml_create_only_key", scopes: ["webhook.chat-integration-create"] }],
    });
    await using wrongKey = connect(sandbox, { apiKey: "ml_no_such_key" });
    await using createOnly = connect(sandbox, { apiKey: "ml_create_only_key" });
    await using wrongIntegration = connect(sandbox, { integrationId: "no_such_integration" });

    expect(await failureOf(wrongKey.client.send(SEND))).toEqual({ kind: "unauthorised", status: 401 });
    expect(wrongKey.client.health.keyRefused).toBe(true);
    expect(await failureOf(createOnly.client.send(SEND))).toEqual({ kind: "unauthorised", status: 401 });
    expect(createOnly.log.text).toContain("chat.send-message");
    expect(await failureOf(wrongIntegration.client.send(SEND))).toEqual({ kind: "refused", status: 404 });
  });

  it("drops another session's push and rings for frames that are no message", async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ foreignPush: true, nonMessageFrames: true });
    await using mailoo = connect(sandbox);
    const { sessionPublicId } = sandbox.send("Hello");
    const received = listen(mailoo, sessionPublicId);
    await received.opened;

    const { id } = sandbox.reply(sessionPublicId, "Yes");
    await received.message;
    await eventually(() => mailoo.log.text).toContain("another session");
    expect(received.messages.map((message) => message.id)).toEqual([id]);
    expect(received.changeHints).toBeGreaterThan(0);
  });
});

function connect(sandbox: Sandbox, over: Partial<MailooClientOptions> = {}): MailooFixture {
  return connectMailoo(sandbox.url, {
    apiKey: SEED.apiKey,
    projectUid: SEED.projectUid,
    integrationId: SEED.integrationId,
    fallbackOrigin: ORIGIN,
    ...over,
  });
}

function listen(mailoo: MailooFixture, sessionPublicId: string) {
  const opened = Promise.withResolvers<void>();
  const message = Promise.withResolvers<ChatMessage>();
  const messages: ChatMessage[] = [];
  let changeHints = 0;
  mailoo.client.openVisitorSocket(
    { sessionPublicId, origin: ORIGIN },
    {
      onOpen: () => opened.resolve(),
      onMessage(pushed) {
        messages.push(pushed);
        message.resolve(pushed);
      },
      onChangeHint() {
        changeHints += 1;
      },
      onClose: ({ kind, code }) => opened.reject(new Error(`${kind} ${code}`)),
    },
  );
  return {
    opened: opened.promise,
    message: message.promise,
    messages,
    get changeHints() {
      return changeHints;
    },
  };
}
