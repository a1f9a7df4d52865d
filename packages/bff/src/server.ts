import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import express, { type Express, type Request, type Response } from "express";
import type { Logger } from "pino";
import proxyAddr from "proxy-addr";
import { EXIT, type Terminal } from "./cli/terminal.ts";
import { type ParsedChats, parseChats } from "./config/parse-chats.ts";
import { ConfigError } from "./config/parse-config.ts";
import type { BffConfig } from "./config/to-config.ts";
import { guardConnections } from "./guard-connections.ts";
import { createApplication } from "./http/app.ts";
import { toProblem } from "./http/problems.ts";
import { endSocket } from "./lib/end-socket.ts";
import { toErrorCode } from "./lib/error-code.ts";
import { ProblemError } from "./lib/problem-error.ts";
import { createLog } from "./observability/log.ts";
import { serveChats } from "./served-chats.ts";

/** Process managers usually kill a process after 10 s, so a slow drain is cut off before that. */
const DRAIN_AT_MOST_MS = 9_250;

/** Exit code after a second signal. */
const INTERRUPTED = 130;

/** The command `start`: runs until SIGTERM or SIGINT, then drains. A second signal ends the process at once. */
export async function runStart(terminal: Terminal): Promise<number> {
  terminal.loadDotenv?.();
  const { chats, warnings } = parseChats(terminal.env);
  const [{ config }] = chats;
  const log = createLog(config.logLevel);
  for (const { chat, message } of warnings) log.warn(chat === null ? {} : { chat }, message);

  let server: RunningServer;
  try {
    server = await startServer(chats, log);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const fault = toStartFault(error, config);
    // A port that is in use may be free soon.
    if (WRONG_ADDRESS.has(toErrorCode(error))) throw new ConfigError([fault]);
    terminal.stderr(`${fault}\n`);
    return EXIT.findings;
  }
  log.info(
    {
      url: server.url,
      ...(server.metricsUrl !== null && { metrics: server.metricsUrl }),
      ...(chats[0].name !== null && { chats: chats.map(({ path }) => path) }),
    },
    "listening",
  );

  const signal = await nextSignal();
  log.info({ signal }, "draining");
  const outcome = await Promise.race([
    server.drain().then(() => EXIT.ok),
    nextSignal().then(() => INTERRUPTED),
    delay(DRAIN_AT_MOST_MS, EXIT.ok, { ref: false }).then((exit) => {
      log.warn("the drain takes too long: ending with open work");
      return exit;
    }),
  ]);
  if (outcome === INTERRUPTED) await server.close();
  log.info("stopped");
  return outcome;
}

async function nextSignal(): Promise<string> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    return await Promise.race(
      ["SIGTERM", "SIGINT"].map(async (name) => {
        await once(process, name, { signal });
        return name;
      }),
    );
  } finally {
    controller.abort();
  }
}

const WRONG_ADDRESS: ReadonlySet<string> = new Set(["EACCES", "EADDRNOTAVAIL", "ENOTFOUND"]);

function toStartFault(error: unknown, { host, port, metrics }: BffConfig): string {
  const code = toErrorCode(error);
  // Node's errors of a listening server name its port.
  const isOfMetrics = error instanceof Error && "port" in error && error.port === metrics?.port;
  const [variable, address] = isOfMetrics
    ? ["METRICS_PORT", `${host}:${metrics?.port}`]
    : ["PORT", `${host}:${port}`];
  if (code === "EADDRINUSE") return `${variable}: ${address} is taken by another process`;
  if (code === "EACCES") return `${variable}: this user may not listen on ${address}`;
  if (WRONG_ADDRESS.has(code)) return `HOST: ${host} is not an address of this machine`;
  return `mailoo-chat-bff could not start: ${error instanceof Error ? error.message : "unknown error"}`;
}

/** A BFF on a port of its own. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Where metrics are, if on a port of their own. */
  readonly metricsUrl: string | null;
  /** Finishes open work and stops, within 10 s. Idempotent. */
  drain(): Promise<void>;
  /** Ends at once. Idempotent. */
  close(): Promise<void>;
}

/** How long the server still answers `draining` and `readyz`, so that a load balancer notices. */
const NOTICE_MS = 1_000;
/** Time for answers in progress. */
const FLUSH_MS = 500;

/**
 * An inactive connection is closed after one to two times this. Otherwise the answers to a client that never reads would
 * stay in memory. Longer than a held poll or a send. WebSockets have heartbeats instead.
 */
const STALLED_MS = 40_000;

const LISTEN_BACKLOG = 8_192;

/** Rejects if a port is not available. */
export async function startServer(chats: ParsedChats["chats"], log: Logger): Promise<RunningServer> {
  // The server's own settings are the same in all chats.
  const [{ config }] = chats;
  const served = serveChats(chats, log);
  const app = createApplication(config.trustProxy);
  served.mountOn(app);
  const server = createHttpServer(app);
  guardConnections(server, { byAddress: config.trustProxy === 0 });
  server.on(
    "upgrade",
    served.createUpgradeHandler((req) => proxyAddr(req, app.get("trust proxy fn"))),
  );
  const metricsServer = served.metricsRouter && createServer(express().use(served.metricsRouter));
  let drained: Promise<void> | null = null;

  const close = async () => {
    await Promise.all([served.close(), closeServer(server), metricsServer && closeServer(metricsServer)]);
  };

  try {
    await listen(server, config.port, config.host);
    if (metricsServer) await listen(metricsServer, config.metrics?.port ?? 0, config.host);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    url: toUrl(server),
    metricsUrl: metricsServer && `${toUrl(metricsServer)}/metrics`,
    close,
    drain() {
      drained ??= (async () => {
        await Promise.all([served.drain(), delay(NOTICE_MS)]);
        const idle = once(server, "close");
        server.close();
        server.closeIdleConnections();
        await Promise.race([idle, delay(FLUSH_MS)]);
        await close();
      })();
      return drained;
    },
  };
}

function createHttpServer(app: Express): Server {
  const server = createServer(
    {
      // With the interval below, a slow client is disconnected within 15 s.
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      // How often the two timeouts above are checked. With the default of 30 s, they would take more than twice as long.
      connectionsCheckingInterval: 2_000,
      // Longer than the timeout of load balancers, so that they never write to a connection that we are closing.
      keepAliveTimeout: 75_000,
      maxHeaderSize: 16 * 1024,
      insecureHTTPParser: false,
      // Some clients send `Upgrade: h2c` with a plain request, which must not be refused for it.
      shouldUpgradeCallback: (req) => /\bwebsocket\b/i.test(req.headers.upgrade ?? ""),
    },
    // Express changes their prototypes. A request passes all routers only if its target is not a URL.
    (req, res) => app(req as Request, res as Response, () => answerBadTarget(res)),
  );
  server.setTimeout(STALLED_MS);
  server.on("clientError", answerClientError);
  return server;
}

function answerBadTarget(res: ServerResponse): void {
  const requestId = randomUUID();
  res
    .writeHead(400, { "Content-Type": "application/problem+json", "X-Request-Id": requestId, Vary: "Origin" })
    .end(JSON.stringify(toProblem(new ProblemError("invalid_request"), requestId)));
}

/** A request that is not HTTP, is too large, or never ends. If nothing can be answered, the socket just ends. */
function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const status = CLIENT_ERROR_STATUS[error.code ?? ""] ?? 400;
  const body = JSON.stringify({ ...toProblem(new ProblemError("invalid_request"), requestId), status });
  endSocket(
    socket,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nVary: Origin\r\n\r\n${body}`,
  );
}

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

async function listen(server: Server<typeof IncomingMessage>, port: number, host: string): Promise<void> {
  server.listen({ port, host, backlog: LISTEN_BACKLOG });
  // Rejects with the server's `error`.
  await once(server, "listening");
}

async function closeServer(server: Server<typeof IncomingMessage>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function toUrl(server: Server<typeof IncomingMessage>): string {
  // A server that listens on a port always has an address object.
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
