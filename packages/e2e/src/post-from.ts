import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface ForgedPost {
  readonly url: string;
  /** One of this machine's own addresses; Linux has all of 127.0.0.0/8. */
  readonly localAddress: string;
  /** The address that the visitor claims. */
  readonly forwardedFor: string;
  readonly origin: string;
  /** The site's name, if the URL has an address. */
  readonly serverName?: string;
}

/** Sends a first message from an address, with an `X-Forwarded-For` that claims another. */
export function postFrom({
  url,
  localAddress,
  forwardedFor,
  origin,
  serverName,
}: ForgedPost): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? requestHttps : requestHttp;
    const headers: Record<string, string> = {
      origin,
      "content-type": "application/json",
      "x-forwarded-for": forwardedFor,
    };
    const options = {
      method: "POST",
      headers,
      localAddress,
      agent: false,
      ...(serverName !== undefined && { servername: serverName }),
    };
    if (serverName !== undefined) headers.host = `${serverName}:${new URL(url).port}`;
    const outgoing = request(url, options, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += String(chunk);
      resolve({ status: answer.statusCode ?? 0, body });
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify({ content: `${localAddress} as ${forwardedFor}` }));
  });
}
