import { createHmac } from "node:crypto";
import { startSandbox } from "@mailoo-chat/sandbox";
import { expect, it } from "vitest";
import { startBff } from "../src/servers/start-bff.ts";
import { startWebhookExample, WEBHOOK_KEY } from "../src/servers/start-webhook-example.ts";

const SITE = "http://localhost:5173";

it("the webhooks example posts new chats and messages to a channel and refuses unsigned requests", {
  timeout: 60_000,
}, async () => {
  await using sandbox = await startSandbox();
  await using example = await startWebhookExample();
  const { url, texts } = example;
  const forged = () =>
    fetch(url, {
      method: "POST",
      headers: {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": "v1,AAAA",
      },
      body: JSON.stringify({ type: "session.started", data: {} }),
    });
  await using bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [SITE],
    env: example.env,
  });

  const submitted = await fetch(`${bff.baseUrl}/submit`, {
    method: "POST",
    headers: { origin: SITE, "content-type": "application/json" },
    body: JSON.stringify({ content: "Hello <!channel> @here\n↩ You: Paid" }),
  });
  const { session } = (await submitted.json()) as { session: { sessionPublicId: string } };
  await expect.poll(() => texts.length, { timeout: 30_000 }).toBe(2);
  expect(texts.toSorted()).toEqual([
    `New chat on ${SITE} with a guest (session ${session.sessionPublicId})`,
    "→ a guest: Hello &lt;!channel&gt; @\u200bhere\n> ↩ You: Paid",
  ]);
  expect((await forged()).status).toBe(401);
  expect(texts).toHaveLength(2);

  // Two replicas report one message at the same time.
  const body = JSON.stringify({
    type: "message.created",
    data: { message: { author: "owner", content: "Hi" } },
  });
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", WEBHOOK_KEY)
    .update(`msg_twice.${timestamp}.${body}`)
    .digest("base64");
  const headers = {
    "webhook-id": "msg_twice",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
  const answers = await Promise.all([1, 2, 3].map(() => fetch(url, { method: "POST", headers, body })));
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
  expect(texts.slice(2)).toEqual(["↩ You: Hi"]);
});
