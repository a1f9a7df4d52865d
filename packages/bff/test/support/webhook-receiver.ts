import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { WebhookEvent } from "../../src/index.ts";

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: WebhookEvent;
}

/** The owner's own system: records what it is sent. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** How it answers from now on; it may also never do so. @default 204 */
  answerWith(answer: (res: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  let answer = (res: ServerResponse): void => void res.writeHead(204).end();
  const server = createServer(async (req, res) => {
    const body = await text(req);
    received.push({ headers: req.headers, body, event: JSON.parse(body) as WebhookEvent });
    answer(res);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?key=of-the-receiver`,
    received,
    answerWith(next) {
      answer = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
