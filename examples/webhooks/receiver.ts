import { createServer, type IncomingMessage, type Server } from "node:http";
import type { WebhookEvent } from "@mailoo-chat/bff";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

export interface ReceiverOptions {
  /** The same as `MAILOO_CHAT_WEBHOOK_SECRET`. */
  readonly secret: string;
  /** An incoming webhook of Slack or Mattermost, or one of Discord with `/slack` at its end. */
  readonly channelUrl: string;
}

const BODY_MAX_BYTES = 1024 * 1024;
/** The number of remembered webhook ids. */
const REMEMBERED = 10_000;

/** Verifies the chat's webhooks and posts each to a channel once. */
export function createReceiver({ secret, channelUrl }: ReceiverOptions): Server {
  const verifier = new Webhook(secret);
  const posted = new Set<string>();

  async function receive(req: IncomingMessage): Promise<number> {
    const body = await readBody(req);
    if (body === null) return 413;
    const headers = req.headers as Record<string, string>;
    // The signature covers the raw bytes: verify before parsing.
    const event = verifier.verify(body, headers) as WebhookEvent;
    const id = headers["webhook-id"] ?? "";
    const text = toText(event);
    if (text === null || posted.has(id)) return 204;
    // Recorded before the post, because two replicas may report one message at the same time.
    remember(posted, id);
    if (await postToChannel(channelUrl, text)) return 204;
    // The BFF sends the webhook again.
    posted.delete(id);
    return 502;
  }

  return createServer(async (req, res) => {
    const status = await receive(req).catch((error: unknown) => {
      if (error instanceof WebhookVerificationError) return 401;
      console.error(error);
      return 500;
    });
    res.writeHead(status).end();
  });
}

/** Returns null if there is nothing to post. */
function toText({ type, data }: WebhookEvent): string | null {
  switch (type) {
    case "session.started":
      return `New chat on ${data.origin} with ${toName(data.visitor)} (session ${data.sessionPublicId})`;
    case "message.created": {
      const { author, content } = data.message;
      const who = "visitor" in data ? toName(data.visitor) : (data.message.authorName ?? "You");
      // A visitor cannot imitate the arrow and the quoted lines, by name or by text.
      return `${author === "owner" ? "↩" : "→"} ${toHarmlessText(who)}: ${toHarmlessText(content)}`;
    }
    default:
      // Later versions of the BFF may send other events.
      return null;
  }
}

function toName(visitor: { readonly name?: string; readonly email?: string } | null): string {
  return toHarmlessText(visitor?.name ?? visitor?.email ?? "a guest");
}

/** Escapes visitors' texts: no disguised links and no mentions that notify the whole channel. */
function toHarmlessText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u200b")
    .replaceAll("\n", "\n> ");
}

async function postToChannel(url: string, text: string): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(5_000),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
}

/** Returns null if the body is too large. */
async function readBody(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
