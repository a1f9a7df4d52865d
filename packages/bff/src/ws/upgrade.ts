import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CLIENT_FRAME_MAX_BYTES, ROUTES, SUBPROTOCOL } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import { type Server, type ServerOptions, WebSocketServer } from "ws";
import type { RateLimits } from "../http/limits.ts";
import { toProblem, toProblemError } from "../http/problems.ts";
import { addressBlock } from "../lib/client-address.ts";
import { isOriginAllowed, type OriginPattern } from "../lib/origins.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { ChatSocket } from "./chat-socket.ts";
import type { SocketHub } from "./hub.ts";

export interface UpgradeDeps {
  readonly hub: SocketHub;
  readonly allowedOrigins: readonly OriginPattern[];
  /** The visitor's address, as the proxies that are trusted report it. */
  readonly addressOf: (req: IncomingMessage) => string;
  readonly limits: RateLimits;
  /** New sockets are refused with what this returns, if anything: overload, drain. */
  readonly refusal: () => ProblemError | null;
  readonly log: Logger;
}

export interface UpgradePaths {
  /** Null where the router may be mounted anywhere: then the subprotocol tells our upgrades from others'. */
  readonly basePath: string | null;
  /** The server is ours alone: other upgrades are answered 404 instead of being left to their owners. */
  readonly exclusive: boolean;
}

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Turns HTTP upgrades into chat sockets. */
export function createUpgradeHandler(deps: UpgradeDeps, paths: UpgradePaths): UpgradeHandler {
  const server = new WebSocketServer<typeof ChatSocket>(SERVER_OPTIONS);
  // Without a listener, `ws` answers a malformed handshake in HTML.
  server.on("wsClientError", (error, socket) => {
    refuseUpgrade(socket, new ProblemError("invalid_request", { detail: error.message }), randomUUID(), null);
  });

  return (req, socket, head) => {
    // Before anything else: a peer that resets now would otherwise end the process.
    socket.on("error", destroySocket);
    const isKnown = isOurs(req, paths);
    if (isKnown || paths.exclusive) void accept(deps, server, req, socket, head, isKnown);
    else socket.off("error", destroySocket);
  };
}

/** The published types do not know `closeTimeout` yet: a closing handshake that nobody answers is given up after it. */
const SERVER_OPTIONS: ServerOptions<typeof ChatSocket> & { readonly closeTimeout: number } = {
  noServer: true,
  WebSocket: ChatSocket,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: CLIENT_FRAME_MAX_BYTES,
  maxFragments: 16,
  maxBufferedChunks: 512,
  closeTimeout: 2_000,
  handleProtocols: () => SUBPROTOCOL,
};

/** Whether an upgrade is for us, by its path, or, where our path is not known, also by its subprotocol. */
export function isOurs(
  req: Pick<IncomingMessage, "url" | "headers">,
  { basePath }: Pick<UpgradePaths, "basePath">,
): boolean {
  const [path = ""] = (req.url ?? "").split("?", 1);
  if (basePath !== null) return path === `${basePath}${ROUTES.socket}`;
  return path.endsWith(ROUTES.socket) && offersSubprotocol(req);
}

async function accept(
  deps: UpgradeDeps,
  server: Server<typeof ChatSocket>,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  isKnown: boolean,
): Promise<void> {
  const requestId = randomUUID();
  const { origin } = req.headers;
  const allowed = origin !== undefined && isOriginAllowed(deps.allowedOrigins, origin);
  const block = addressBlock(deps.addressOf(req));
  try {
    const refusal = deps.refusal();
    if (refusal) throw refusal;
    // Before anything is refused for another reason: refusals cost time, too.
    await deps.limits.request(block);
    if (!isKnown) throw new ProblemError("not_found");
    if (!allowed) throw new ProblemError("origin_not_allowed");
    if (!offersSubprotocol(req)) {
      throw new ProblemError("invalid_request", { detail: `the subprotocol ${SUBPROTOCOL} is required` });
    }
    if (socket.destroyed) return;
    if (!deps.hub.reserve(block)) throw new ProblemError("rate_limited", { retryAfterSeconds: 30 });
  } catch (error) {
    const problem = toProblemError(error);
    deps.log.info({ requestId, route: "ws", code: problem.code, err: problem.cause }, "upgrade refused");
    refuseUpgrade(socket, problem, requestId, allowed ? origin : null);
    return;
  }
  upgrade(deps.hub, server, req, socket, head, origin ?? "", block);
}

/** `ws` answers a malformed handshake itself and then never calls back: the place is given back when the socket ends. */
function upgrade(
  hub: SocketHub,
  server: Server<typeof ChatSocket>,
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  origin: string,
  block: string,
): void {
  const giveBack = () => hub.release(block);
  socket.once("close", giveBack);
  server.handleUpgrade(req, socket, head, (chatSocket) => {
    socket.off("close", giveBack);
    socket.off("error", destroySocket);
    hub.add(chatSocket);
    chatSocket.begin(hub, origin, block);
  });
}

function offersSubprotocol(req: Pick<IncomingMessage, "headers">): boolean {
  const offered = req.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((protocol) => protocol.trim() === SUBPROTOCOL);
}

function destroySocket(this: Duplex): void {
  this.destroy();
}

/** How long a refused peer may take to read why. */
const LINGER_MS = 2_000;

/** Answers an upgrade with an HTTP error, on the bare socket that Node hands over. */
export function refuseUpgrade(
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
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  // Nobody reads this socket any more; without this its end would never be seen.
  socket.resume();
}
