import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CLIENT_FRAME_MAX_BYTES, ROUTES, SUBPROTOCOL } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import { type ServerOptions, WebSocketServer } from "ws";
import type { RateLimits } from "../http/limits.ts";
import { toProblem, toProblemError } from "../http/problems.ts";
import { addressBlock } from "../lib/client-address.ts";
import { endSocket } from "../lib/end-socket.ts";
import { isOriginAllowed, type OriginPattern } from "../lib/origins.ts";
import { ProblemError } from "../lib/problem-error.ts";
import type { SocketHub } from "./hub.ts";

export interface UpgradeDeps {
  readonly hub: SocketHub;
  readonly allowedOrigins: readonly OriginPattern[];
  /** The visitor's address, as reported by trusted proxies. */
  readonly addressOf: (req: IncomingMessage) => string;
  readonly limits: RateLimits;
  /** Returns why new sockets are refused (overload, drain); null: they are accepted. */
  readonly refusal: () => ProblemError | null;
  readonly log: Logger;
}

export interface UpgradePaths {
  /** Null: the router may be mounted anywhere, and our upgrades are recognised by the subprotocol. */
  readonly basePath: string | null;
  /** No other code handles upgrades of this server, so all others are answered 404. */
  readonly exclusive: boolean;
}

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Turns HTTP upgrades into chat sockets. */
export function createUpgradeHandler(deps: UpgradeDeps, paths: UpgradePaths): UpgradeHandler {
  const { hub, allowedOrigins, addressOf, limits, refusal, log } = deps;
  const server = new WebSocketServer(SERVER_OPTIONS);
  // Without a listener, `ws` answers a malformed handshake in HTML.
  server.on("wsClientError", (error, socket) => {
    refuseUpgrade(socket, new ProblemError("invalid_request", { detail: error.message }), randomUUID(), null);
  });

  async function accept(req: IncomingMessage, socket: Duplex, head: Buffer, isKnown: boolean): Promise<void> {
    const requestId = randomUUID();
    const { origin = "" } = req.headers;
    const isAllowed = isOriginAllowed(allowedOrigins, origin);
    const block = addressBlock(addressOf(req));
    try {
      const refused = refusal();
      if (refused) throw refused;
      // Before the checks below, because refusals cost time too.
      await limits.request(block);
      if (!isKnown) throw new ProblemError("not_found");
      if (!isAllowed) throw new ProblemError("origin_not_allowed");
      if (!offersSubprotocol(req)) {
        throw new ProblemError("invalid_request", { detail: `the subprotocol ${SUBPROTOCOL} is required` });
      }
      if (socket.destroyed) return;
      if (!hub.acquireAddress(block)) throw new ProblemError("rate_limited", { retryAfterMs: 30_000 });
    } catch (error) {
      const problem = toProblemError(error);
      log.info({ requestId, route: "ws", code: problem.code, err: problem.cause }, "upgrade refused");
      refuseUpgrade(socket, problem, requestId, isAllowed ? origin : null);
      return;
    }
    // `ws` answers a malformed handshake itself and never calls back.
    const release = () => hub.releaseAddress(block);
    socket.once("close", release);
    server.handleUpgrade(req, socket, head, (webSocket) => {
      socket.off("close", release);
      socket.off("error", destroySocket);
      hub.accept(webSocket, { origin, addressBlock: block });
    });
  }

  return (req, socket, head) => {
    // First, because a peer that resets the connection now would otherwise end the process.
    socket.on("error", destroySocket);
    const isKnown = isOurs(req, paths);
    if (isKnown || paths.exclusive) void accept(req, socket, head, isKnown);
    else socket.off("error", destroySocket);
  };
}

/** The published types lack `closeTimeout`: how long a closing handshake may take. */
const SERVER_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: CLIENT_FRAME_MAX_BYTES,
  maxFragments: 16,
  maxBufferedChunks: 512,
  closeTimeout: 2_000,
  handleProtocols: () => SUBPROTOCOL,
};

/** Recognises our upgrades by their path or, if our path is not known, by the end of their path and their subprotocol. */
export function isOurs(
  req: Pick<IncomingMessage, "url" | "headers">,
  { basePath }: Pick<UpgradePaths, "basePath">,
): boolean {
  const [path = ""] = (req.url ?? "").split("?", 1);
  if (basePath !== null) return path === `${basePath}${ROUTES.socket}`;
  return path.endsWith(ROUTES.socket) && offersSubprotocol(req);
}

function offersSubprotocol(req: Pick<IncomingMessage, "headers">): boolean {
  const offered = req.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((protocol) => protocol.trim() === SUBPROTOCOL);
}

function destroySocket(this: Duplex): void {
  this.destroy();
}

/** Answers an upgrade with an HTTP error, on the plain socket that Node passes. */
function refuseUpgrade(
  socket: Duplex,
  error: ProblemError,
  requestId: string,
  corsOrigin: string | null,
): void {
  const problem = toProblem(error, requestId);
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Vary: Origin",
    "Sec-WebSocket-Version: 13",
    `X-Request-Id: ${requestId}`,
    ...(problem.retryAfter === undefined ? [] : [`Retry-After: ${problem.retryAfter}`]),
    ...(corsOrigin === null ? [] : [`Access-Control-Allow-Origin: ${corsOrigin}`]),
  ];
  endSocket(socket, `${headers.join("\r\n")}\r\n\r\n${body}`);
}
