import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { startChildServer } from "./child-server.ts";

export interface WebhookExample extends AsyncDisposable {
  /** Where it takes webhooks. */
  readonly url: string;
  /** For the BFF that it receives from. */
  readonly env: Readonly<Record<string, string>>;
  /** What it has posted to the channel, in order. */
  readonly texts: readonly string[];
}

/** Signs what the example receives. */
export const WEBHOOK_KEY = Buffer.alloc(32, "a secret for tests");

const SECRET = `whsec_${WEBHOOK_KEY.toString("base64")}`;

/** The example `webhooks` as its README starts it, with a channel behind it that refuses the first post. */
export async function startWebhookExample(): Promise<WebhookExample> {
  await using starting = new AsyncDisposableStack();
  const channel = starting.use(await startChannel());
  const port = await getPort();
  const url = `http://127.0.0.1:${port}/`;
  starting.use(
    await startChildServer({
      command: process.execPath,
      args: [join(REPOSITORY, "examples/webhooks/server.ts")],
      env: { WEBHOOK_SECRET: SECRET, CHANNEL_URL: channel.url, PORT: String(port) },
      isUp: () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
    }),
  );
  const servers = starting.move();
  return {
    url,
    env: { MAILOO_CHAT_WEBHOOK_URL: url, MAILOO_CHAT_WEBHOOK_SECRET: SECRET },
    texts: channel.texts,
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

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
