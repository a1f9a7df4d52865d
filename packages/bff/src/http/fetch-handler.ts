import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from "node:http";
import { duplexPair, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

/**
 * Request headers that are not passed on. All but the first belong to one connection. The first is dropped because
 * frameworks compress answers themselves, and Next.js drops `Content-Encoding`.
 */
const DROPPED = [
  "accept-encoding",
  "connection",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** nginx's status for a request whose client has left. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Calls a Node request listener with a Web `Request`, as in route handlers of Next.js and others.
 *
 * Both sides speak HTTP over a pair of streams in memory. The listener works as on a port, with streams, backpressure and
 * aborted requests.
 */
export function createFetchHandler(listener: RequestListener): (request: Request) => Promise<Response> {
  const server = createServer(listener);
  return async (request) => {
    const { host, pathname, search } = new URL(request.url);
    const [near, far] = duplexPair();
    // A `Request` has no remote address: see TRUST_PROXY.
    server.emit("connection", Object.assign(far, { remoteAddress: "127.0.0.1" }));
    // The end of one side ends the other, in both directions.
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
    const outgoing = httpRequest({
      method: request.method,
      path: pathname + search,
      headers: { host, ...Object.fromEntries(forwarded(request.headers)) },
      signal: request.signal,
      createConnection: () => near,
    });
    const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
    // If the body cannot be sent, the request fails, and `answered` rejects.
    if (request.body) {
      // If DOM types are loaded, they differ from Node's.
      pipeline(Readable.fromWeb(request.body as NodeReadableStream), outgoing).catch(() => {});
    } else outgoing.end();
    try {
      const [answer] = await answered;
      return toResponse(answer, request.method);
    } catch (error) {
      // Nobody reads this answer. Next.js would log a rejection as an error, for each visitor who leaves during a poll.
      if (request.signal.aborted) return new Response(null, { status: CLIENT_CLOSED_REQUEST });
      throw error;
    }
  };
}

function toResponse(answer: IncomingMessage, method: string): Response {
  const status = answer.statusCode ?? 500;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const init = { status, headers: forwarded(headers) };
  if (method === "HEAD" || status === 204 || status === 304) {
    answer.resume();
    return new Response(null, init);
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, init);
}

function forwarded(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of DROPPED) kept.delete(name);
  return kept;
}
