import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { expect, it } from "vitest";
import { startChildServer } from "../src/servers/child-server.ts";
import { startBff } from "../src/servers/start-bff.ts";

const SITE = "http://localhost:5173";
const KEY = Buffer.alloc(32, "a secret for tests");
const SECRET = `whsec_${KEY.toString("base64")}`;

/** Takes posts as Slack and Mattermost do. The first is refused. */
async function startChannel() {
  const texts: string[] = [];
  let refusals = 1;
  const server = createServer(async (req, res) => {
    const { text } = (await json(req)) as { text: string };
    if (refusals-- > 0) return void res.writeHead(500).end();
    texts.push(text);
    res.end("ok");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/x`,
    texts: texts as readonly string[],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it("the webhooks example posts new chats and messages to a channel, and refuses what is not signed", {
  timeout: 60_000,
}, async () => {
  await using sandbox = await startSandbox();
  await using channel = await startChannel();
  const port = await getPort();
  const receiver = `http://127.0.0.1:${port}/`;
  const forged = () =>
    fetch(receiver, {
      method: "POST",
      headers: {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": "v1,AAAA",
      },
      body: JSON.stringify({ type: "session.started", data: {} }),
    });
  await using _receiver = await startChildServer({
    command: process.execPath,
    args: [join(REPOSITORY, "examples/webhooks/server.ts")],
    env: { WEBHOOK_SECRET: SECRET, CHANNEL_URL: channel.url, PORT: String(port) },
    isUp: () =>
      fetch(receiver).then(
        () => true,
        () => false,
      ),
  });
  await using bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [SITE],
    env: { MAILOO_CHAT_WEBHOOK_URL: receiver, MAILOO_CHAT_WEBHOOK_SECRET: SECRET },
  });

  const submitted = await fetch(`${bff.baseUrl}/submit`, {
    method: "POST",
    headers: { origin: SITE, "content-type": "application/json" },
    body: JSON.stringify({ content: "Hello <!channel> @here\n↩ You: Paid" }),
  });
  const { session } = (await submitted.json()) as { session: { sessionPublicId: string } };
  await expect.poll(() => channel.texts.length, { timeout: 30_000 }).toBe(2);
  expect(channel.texts.toSorted()).toEqual([
    `New chat on ${SITE} with a guest (session ${session.sessionPublicId})`,
    "→ a guest: Hello &lt;!channel&gt; @\u200bhere\n> ↩ You: Paid",
  ]);
  expect((await forged()).status).toBe(401);
  expect(channel.texts).toHaveLength(2);

  // Two replicas tell of one message at the same moment.
  const body = JSON.stringify({
    type: "message.created",
    data: { message: { author: "owner", content: "Hi" } },
  });
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", KEY).update(`msg_twice.${timestamp}.${body}`).digest("base64");
  const headers = {
    "webhook-id": "msg_twice",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
  const answers = await Promise.all([1, 2, 3].map(() => fetch(receiver, { method: "POST", headers, body })));
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
  expect(channel.texts.slice(2)).toEqual(["↩ You: Hi"]);
});
