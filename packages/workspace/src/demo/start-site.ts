import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

export interface SiteOptions {
  /** Served as it stands; `/` is its `index.html`. */
  readonly directory: string;
  /** @default 0, any free one */
  readonly port?: number;
  /** Texts to be replaced in HTML pages, such as `__BFF_ORIGIN__`. */
  readonly substitutions: Readonly<Record<string, string>>;
}

export interface Site extends AsyncDisposable {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
};

/** A website as its owner might have it: static files on an origin of their own. For the demo and for tests only. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const { directory, port = 0, substitutions } = options;
  const server = createServer((request, response) => {
    answer(request, response, directory, substitutions).catch(() => response.writeHead(500).end());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  directory: string,
  substitutions: Readonly<Record<string, string>>,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://site.invalid");
  // `normalize` on an absolute path cannot climb above its root.
  const path = normalize(join("/", decodeURIComponent(pathname)));
  const file = join(directory, path.endsWith("/") ? `${path}index.html` : path);
  const content = await readFile(file).catch(() => null);
  if (content === null) {
    response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
    return;
  }
  const type = TYPES[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "cache-control": "no-cache" });
  response.end(type.startsWith("text/html") ? substitute(content.toString(), substitutions) : content);
}

function substitute(html: string, substitutions: Readonly<Record<string, string>>): string {
  return Object.entries(substitutions).reduce((text, [from, to]) => text.replaceAll(from, to), html);
}
