import { randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { type Request, type Response, Router } from "express";
import type { Logger } from "pino";
import { type ChatService, createChatService } from "./chat-service.ts";
import type { BffConfig } from "./config.ts";
import { connectionCap } from "./connection-cap.ts";
import { guardConnections } from "./guard-connections.ts";
import { trustsNobody } from "./http/client-address.ts";
import { toProblem } from "./http/problem-response.ts";
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts";
import { ProblemError } from "./problem-error.ts";

/** A BFF on a port of its own. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Where metrics are, if on a port of their own. */
  readonly metricsUrl: string | null;
  /** Finishes what is open and ends; at most 10 s. Idempotent. */
  drain(): Promise<void>;
  /** Ends at once. Idempotent. */
  close(): Promise<void>;
}

/** How long the server goes on answering `draining` and `readyz`, so that a load balancer notices. */
const NOTICE_MS = 1_000;
/** Sends still open after this are answered and left pending. */
const SEND_GRACE_MS = 8_000;
/** Answers on their way out get this long. */
const FLUSH_MS = 500;

const LISTEN_BACKLOG = 8_192;

/** Rejects if the port is not available. */
export async function startServer(config: BffConfig, log: Logger): Promise<RunningServer> {
  const service = createChatService(config, { log, resolveVisitor: null });
  const server = createHttpServer(service, log);
  guardConnections(server, { max: connectionCap(), byAddress: trustsNobody(config.trustedProxies) });
  let metricsServer: MetricsServer | null = null;
  let drained: Promise<void> | null = null;

  const close = async () => {
    const ended = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([service.close(), metricsServer?.close(), ended]);
  };

  try {
    await listen(server, config.port, config.host);
    if (service.metrics && config.metrics && config.metrics.port !== null) {
      metricsServer = await startMetricsServer(service.metrics, config.metrics.port, config.host);
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    url: toUrl(server),
    metricsUrl: metricsServer?.url ?? null,
    close,
    drain() {
      drained ??= (async () => {
        await Promise.all([service.drain(SEND_GRACE_MS), delay(NOTICE_MS)]);
        const idle = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        await Promise.race([idle, delay(FLUSH_MS)]);
        await close();
      })();
      return drained;
    },
  };
}

function createHttpServer(service: ChatService, log: Logger): Server {
  const root = Router();
  root.use(DEFAULT_BASE_PATH, service.createHandler("never"));
  root.use(service.createRootHandler());
  const server = createServer(
    {
      // With the interval below, a slow client is gone before 15 s are over.
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      // How often the two above are looked at; its default of 30 s would make them mean twice as much and more.
      connectionsCheckingInterval: 2_000,
      // Longer than load balancers keep theirs, so that they never write into a connection that we are closing.
      keepAliveTimeout: 75_000,
      maxHeaderSize: 16 * 1024,
      insecureHTTPParser: false,
      // An `Upgrade: h2c` that some clients send along is no reason to refuse a plain request.
      shouldUpgradeCallback: (req) => /\bwebsocket\b/i.test(req.headers.upgrade ?? ""),
    },
    // The router without an application, which would replace the prototype of each request and response: that alone costs
    // a submit a twentieth of its time. What it adds is read nowhere behind the routers (`RoutedRequest`).
    (req, res) => root(req as Request, res as Response, (fault: unknown) => answerFault(res, log, fault)),
  );
  server.on("upgrade", service.createUpgradeHandler({ basePath: DEFAULT_BASE_PATH, exclusive: true }));
  server.on("clientError", answerClientError);
  return server;
}

/** A fault at the routers' entrance, where no answer has begun yet. Every other one is answered as a problem. */
function answerFault(res: ServerResponse, log: Logger, fault: unknown): void {
  log.error({ err: fault }, "a request could not be routed");
  res.writeHead(500, { Connection: "close", "Content-Length": 0 }).end();
}

/** A request that is no HTTP, is too large, or never ends. Where nothing can be said, the socket just ends. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const status = CLIENT_ERROR_STATUS[error.code ?? ""] ?? 400;
  const body = JSON.stringify({ ...toProblem(new ProblemError("invalid_request"), requestId), status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nVary: Origin\r\n\r\n${body}`,
  );
}

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function listen(server: Server<typeof IncomingMessage>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: LISTEN_BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function toUrl(server: Server): string {
  // A server that listens on a port always has an address object.
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
