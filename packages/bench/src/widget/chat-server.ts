import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Duplex } from "node:stream";
import { toCompressedBody } from "./compressed-body.ts";

export interface ChatServerOptions {
  /** The file behind a path, null for none. */
  file(path: string): string | null;
  /** The answer of the chat's own backend; null for none. */
  answer?(path: string): object | null;
  /** The chat's own socket, if it has one. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** One request as the network saw it. */
export interface Transfer {
  readonly path: string;
  readonly bytes: number;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/**
 * Serves a chat's files and its backend's answers from an origin of its own, and counts every byte.
 * All contestants are compressed by Brotli at its highest level.
 */
export async function startChatServer(options: ChatServerOptions) {
  const transfers: Transfer[] = [];
  const files = new Map<string, Promise<Buffer>>();
  const compressedFile = (file: string) => {
    const known = files.get(file) ?? readFile(file).then(toCompressedBody);
    files.set(file, known);
    return known;
  };

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://chat").pathname;
    void (async () => {
      response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
      response.setHeader("access-control-allow-credentials", "true");
      response.setHeader(
        "access-control-allow-headers",
        request.headers["access-control-request-headers"] ?? "*",
      );
      if (request.method === "OPTIONS") return response.writeHead(204).end();
      const file = options.file(path);
      const answer = file === null ? (options.answer?.(path) ?? null) : null;
      const body =
        file !== null
          ? await compressedFile(file)
          : await toCompressedBody(Buffer.from(JSON.stringify(answer ?? {})));
      transfers.push({ path, bytes: body.length });
      response.writeHead(file === null && answer === null ? 404 : 200, {
        "content-type":
          file === null ? "application/json" : (TYPES[extname(file)] ?? "application/octet-stream"),
        "content-encoding": "br",
        "content-length": body.length,
        "cache-control": "no-store",
      });
      return response.end(body);
    })().catch((error: unknown) => response.destroy(error as Error));
  });
  const { upgrade } = options;
  if (upgrade) server.on("upgrade", upgrade);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The bytes sent since the last call. */
    takeTransfers: (): readonly Transfer[] => transfers.splice(0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type ChatServer = Awaited<ReturnType<typeof startChatServer>>;
