import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { SEED } from "@mailoo-chat/sandbox";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createChatBff } from "../src/index.ts";
import { makeVisitorKey } from "./support/bff-calls.ts";
import { bffEnvironment, SITE } from "./support/start-bff.ts";
import { startChat, type TestChat } from "./support/start-chat.ts";
import {
  type ReceivedWebhook,
  startWebhookReceiver,
  type WebhookReceiver,
} from "./support/webhook-receiver.ts";

/** For a busy machine. */
const PATIENT = { timeout: 10_000 };
const SECRET = makeSecret();

function makeSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

function webhookVariables({ url }: WebhookReceiver, secret = SECRET): Record<string, string> {
  return { MAILOO_CHAT_WEBHOOK_URL: url, MAILOO_CHAT_WEBHOOK_SECRET: secret };
}

/** As the reference library of Standard Webhooks does. @throws if the signature is wrong */
function verify({ body, headers }: ReceivedWebhook, secret = SECRET): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

/** A visitor with the chat open, so that a feed runs. */
async function openChat({ bff }: TestChat, token: string) {
  const socket = bff.socket();
  await socket.opened();
  socket.hello(token);
  await socket.ready();
  return socket;
}

describe("webhooks", () => {
  it("tell the owner's system of a new session, of the visitor's messages and of the owner's, signed", async () => {
    await using receiver = await startWebhookReceiver();
    await using chat = await startChat({
      ...webhookVariables(receiver),
      MAILOO_CHAT_PRE_CHAT: "name,email",
      LOG_LEVEL: "trace",
    });
    const visitorKey = makeVisitorKey();
    const first = {
      content: "Is it waterproof? 雨 \ud83c\udf27",
      clientMessageId: "c1",
      visitorKey,
      visitor: { name: "Ada", email: "ada@example.com" },
    };
    const { session } = (await chat.bff.submit(first)).body;
    expect((await chat.bff.submit(first)).status).toBe(200);
    const socket = await openChat(chat, session.token);
    chat.sandbox.reply(session.sessionPublicId, "Yes, it is.");
    await socket.message("Yes, it is.");
    await chat.bff.submit({ content: "Thanks" }, session.token);
    socket.close();
    await expect.poll(() => receiver.received.length, PATIENT).toBe(4);

    const events = receiver.received.map((webhook) => verify(webhook));
    const [stored] = chat.sandbox.messages(session.sessionPublicId);
    const about = {
      integrationId: SEED.integrationId,
      sessionPublicId: session.sessionPublicId,
      origin: SITE,
      visitor: { name: "Ada", email: "ada@example.com", verified: false },
    };
    expect(events).toEqual(
      expect.arrayContaining([
        { type: "session.started", timestamp: expect.any(String), data: about },
        {
          type: "message.created",
          timestamp: expect.any(String),
          data: {
            ...about,
            message: {
              id: stored?.id,
              author: "visitor",
              content: first.content,
              createdAt: expect.any(String),
            },
          },
        },
      ]),
    );
    const messages = receiver.received
      .map(({ event }) => event)
      .filter(({ type }) => type === "message.created");
    expect(
      messages.map(({ data }) => "message" in data && [data.message.author, data.message.content]),
    ).toEqual(
      expect.arrayContaining([
        ["owner", "Yes, it is."],
        ["visitor", "Thanks"],
      ]),
    );
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(4);
    const sent = JSON.stringify(receiver.received.map(({ headers, body }) => [headers, body]));
    for (const secret of [session.token, visitorKey, SEED.apiKey, SECRET]) expect(sent).not.toContain(secret);
    for (const secret of [session.sessionPublicId, "of-the-receiver", "waterproof"]) {
      expect(chat.bff.log.text).not.toContain(secret);
    }
  });

  it("are sent again with the same id and a new signature until the receiver accepts them", async () => {
    await using receiver = await startWebhookReceiver();
    await using chat = await startChat({ ...webhookVariables(receiver), METRICS: "on" });
    let left = 2;
    receiver.answerWith((res) => void res.writeHead(left-- > 0 ? 503 : 200).end("answer"));
    await chat.bff.submit({ content: "Hello" });
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBe(4);
    for (const webhook of receiver.received) verify(webhook);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(2);
    await expect
      .poll(async () => (await fetch(`${chat.bff.url}/metrics`)).text(), PATIENT)
      .toMatch(/mailoo_chat_webhooks_total\{outcome="retried"\} 2/);
    expect(chat.bff.log.text).toContain("the webhook receiver fails");
    expect(chat.bff.log.text).toContain("the webhook receiver works again");
  });

  it("carry a signature for each secret while one is rotated, and only the events that are asked for", async () => {
    await using receiver = await startWebhookReceiver();
    const next = makeSecret();
    await using chat = await startChat({
      ...webhookVariables(receiver, `${next}, ${SECRET}`),
      MAILOO_CHAT_WEBHOOK_EVENTS: "session.started",
    });
    const { session } = (await chat.bff.submit({ content: "Hello" })).body;
    await chat.bff.submit({ content: "again" }, session.token);
    await chat.bff.submit({ content: "of another visitor" });
    await expect.poll(() => receiver.received.length, PATIENT).toBe(2);
    for (const webhook of receiver.received) {
      expect(verify(webhook, next)).toEqual(verify(webhook, SECRET));
      expect(webhook.event.type).toBe("session.started");
      expect(() => verify(webhook, makeSecret())).toThrow();
    }
  });

  it("end with 410 Gone, and a redirect is not followed", async () => {
    await using elsewhere = await startWebhookReceiver();
    await using receiver = await startWebhookReceiver();
    await using chat = await startChat(webhookVariables(receiver));
    receiver.answerWith((res) => void res.writeHead(307, { Location: elsewhere.url }).end());
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    await expect.poll(() => chat.bff.log.text.split("refused a webhook").length, PATIENT).toBe(3);
    receiver.answerWith((res) => void res.writeHead(410).end());
    await chat.bff.submit({ content: "two" }, session.token);
    await expect.poll(() => chat.bff.log.text, PATIENT).toContain("410 Gone");
    await chat.bff.submit({ content: "three" }, session.token);
    await chat.bff.drain();
    expect(receiver.received).toHaveLength(3);
    expect(elsewhere.received).toEqual([]);
  });

  it("are delivered by a drain, and a receiver that hangs does not hold it up", {
    timeout: 40_000,
  }, async () => {
    await using receiver = await startWebhookReceiver();
    await using chat = await startChat(webhookVariables(receiver));
    receiver.answerWith((res) => void res.writeHead(503).end());
    await chat.bff.submit({ content: "one" });
    await expect.poll(() => receiver.received.length, PATIENT).toBeGreaterThan(0);
    receiver.answerWith((res) => void res.writeHead(200).end());
    await chat.bff.drain();
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(2);

    await using hung = await startChat(webhookVariables(receiver));
    receiver.answerWith(() => {});
    await hung.bff.submit({ content: "two" });
    const startedAtMs = performance.now();
    await hung.bff.drain();
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    expect(hung.bff.log.text).toContain("undelivered webhooks are lost");
  });

  it("report each recent message once with two subscribers, and none from an hour ago", async () => {
    await using receiver = await startWebhookReceiver();
    await using chat = await startChat({
      ...webhookVariables(receiver),
      MAILOO_CHAT_WEBHOOK_EVENTS: "message.created",
    });
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    chat.sandbox.addMessages(session.sessionPublicId, 5, {
      sender: "owner",
      announce: false,
      firstAtMs: Date.now() - 3_600_000,
    });
    chat.sandbox.reply(session.sessionPublicId, "a minute ago");
    const sockets = [await openChat(chat, session.token), await openChat(chat, session.token)];
    chat.sandbox.reply(session.sessionPublicId, "now");
    for (const socket of sockets) await socket.message("now");
    await chat.bff.messages(session.token);
    for (const socket of sockets) socket.close();
    await chat.bff.drain();
    const contents = receiver.received.map(
      ({ event }) => "message" in event.data && event.data.message.content,
    );
    expect(contents.toSorted()).toEqual(["a minute ago", "now", "one"]);
  });

  it("are an option of createChatBff, too, with the format of the variables", async () => {
    await using receiver = await startWebhookReceiver();
    const options = { env: bffEnvironment("http://127.0.0.1:9", { LOG_LEVEL: "silent" }) };
    const { url } = receiver;
    const bff = createChatBff({ ...options, webhook: { url, secret: [SECRET] } });
    await bff.close();
    const misused = [
      { url: "http://203.0.113.1/", secret: SECRET },
      { url, secret: "too short" },
      { url, secret: [] },
    ];
    for (const webhook of misused) {
      expect(() => createChatBff({ ...options, webhook })).toThrow(/MAILOO_CHAT_WEBHOOK_/);
    }
  });
});

describe("a receiver that misbehaves has no effect on sends", () => {
  const misbehaviours: Record<string, (res: ServerResponse) => void> = {
    hangs() {},
    "answers endlessly": (res) => {
      const more = () => {
        while (!res.destroyed && res.write("x".repeat(64 * 1024)));
      };
      res.writeHead(200).on("drain", more);
      more();
    },
    "breaks every connection": (res) => void res.destroy(),
  };

  it.each(Object.entries(misbehaviours))("that %s", async (_how, misbehave) => {
    await using receiver = await startWebhookReceiver();
    receiver.answerWith(misbehave);
    await using chat = await startChat({
      ...webhookVariables(receiver),
      MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
      MAILOO_CHAT_LIMIT_SESSION_SENDS: "0",
    });
    await using without = await startChat({
      MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
      MAILOO_CHAT_LIMIT_SESSION_SENDS: "0",
    });
    const alone = await medianSubmitMs(without);
    const beside = await medianSubmitMs(chat);
    expect(receiver.received.length).toBeGreaterThan(0);
    // A receiver that is waited for would cost seconds.
    expect(beside).toBeLessThan(alone + 100);
  });
});

async function medianSubmitMs({ bff }: TestChat): Promise<number> {
  const { session } = (await bff.submit({ content: "first" })).body;
  const durationsMs: number[] = [];
  for (let count = 0; count < 100; count++) {
    const startedAtMs = performance.now();
    const { status } = await bff.submit({ content: `message ${count}` }, session.token);
    durationsMs.push(performance.now() - startedAtMs);
    expect(status).toBe(201);
  }
  const median = durationsMs.toSorted((a, b) => a - b)[50] ?? 0;
  if (process.env.SHOW_TIMES) console.log(`median submit: ${median.toFixed(2)} ms`);
  return median;
}
