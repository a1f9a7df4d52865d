import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";

/** The exports of a `[...path]/route.ts` of the app router. */
export interface RouteHandlers {
  readonly GET: Handler;
  readonly POST: Handler;
}

type Handler = (
  request: Request,
  context: { readonly params: Promise<{ readonly path: readonly string[] }> },
) => Promise<Response>;

export interface RouteSiteOptions {
  readonly port: number;
  /** The path of the handlers, such as `/api/chat/`. */
  readonly below: string;
  readonly handlers: RouteHandlers;
  /** Handles every other path. */
  readonly html: string;
}

/** Calls route handlers as Next.js does: a `Request` in, a `Response` out, and a signal that aborts on disconnect. */
export async function serveRouteHandlers({ port, below, handlers, html }: RouteSiteOptions) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site.invalid");
    if (!pathname.startsWith(below)) {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(html);
      return;
    }
    const path = pathname.slice(below.length).split("/").map(decodeURIComponent);
    const handler = request.method === "POST" ? handlers.POST : handlers.GET;
    handler(toRequest(request, response), { params: Promise.resolve({ path }) })
      .then((answer) => send(answer, response))
      .catch((error) => response.destroy(error));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function toRequest(request: IncomingMessage, response: ServerResponse): Request {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Request(`http://${request.headers.host}${request.url}`, {
    method: request.method ?? "GET",
    headers,
    signal: gone.signal,
    ...(request.method === "POST" && { body: Readable.toWeb(request) as ReadableStream, duplex: "half" }),
  });
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}
