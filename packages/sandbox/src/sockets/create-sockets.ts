import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { OwnerTokens } from "../auth/owner-tokens.ts";
import type { FaultBoard } from "../faults/fault-board.ts";
import { ApiError, notFound } from "../http/api-error.ts";
import type { KeyEcho } from "../http/key-echo.ts";
import type { RequestStats } from "../http/request-stats.ts";
import { waitUnlessGone } from "../http/wait-unless-gone.ts";
import type { Platform } from "../platform/create-platform.ts";
import { isOriginAllowed } from "../platform/is-origin-allowed.ts";
import type { Integration } from "../platform/models.ts";
import { createOwnerSockets } from "./owner-sockets.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { OWNER_PATH, VISITOR_PATH } from "./socket-paths.ts";
import { createVisitorSockets } from "./visitor-sockets.ts";

export interface SocketDeps {
  readonly platform: Platform;
  readonly faults: FaultBoard;
  readonly ownerTokens: OwnerTokens;
  readonly stats: RequestStats;
  readonly keyEcho: KeyEcho;
  readonly heartbeatMs: number;
}

export interface Sockets {
  /** The listener for an HTTP server's `upgrade` event. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Whether an owner of the integration is connected. */
  hasOwner(integrationId: string): boolean;
  readonly open: { readonly visitor: number; readonly owner: number };
  /** Closes sockets without a close frame, as a failing network would. */
  drop(which: "visitor" | "owner" | "all"): void;
  close(): void;
}

/** An upgrade request that has not been answered. */
interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly query: URLSearchParams;
}

/** Accepts the sockets of owners and visitors. Refuses all others with plain HTTP. */
export function createSockets(deps: SocketDeps): Sockets {
  const { platform, faults, ownerTokens, stats, keyEcho, heartbeatMs } = deps;
  const visitors = createVisitorSockets(platform, faults, keyEcho, heartbeatMs);
  const owners = createOwnerSockets(platform, heartbeatMs);
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 16 * 1024,
  });

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(request.url ?? "", "http://sandbox");
    const upgrade = { request, socket, head, query: url?.searchParams ?? new URLSearchParams() };
    if (url?.pathname === VISITOR_PATH) await admitVisitor(upgrade);
    else if (url?.pathname === OWNER_PATH) await admitOwner(upgrade);
    else throw notFound("socket");
  }

  async function admitVisitor(upgrade: Upgrade): Promise<void> {
    stats.countRequest("visitorSocket");
    if (!(await waitUnlessGone(faults.latencyMs("visitorSocket"), upgrade.socket))) return;
    const mode = faults.settings.sockets;
    if (mode === "hang") {
      upgrade.socket.resume().once("end", () => upgrade.socket.destroy());
      return;
    }
    if (mode === "refuse")
      throw new ApiError(503, "injected_failure", "Sockets are refused by a fault switch");

    const sessionPublicId = demandVisitorSession(upgrade);
    accept(upgrade, (visitor) => {
      if (mode === "drop") visitor.terminate();
      else visitors.join(sessionPublicId, visitor);
    });
  }

  function demandVisitorSession({ request, query }: Upgrade): string {
    const sessionPublicId = single(query, "sessionPublicId");
    const integration = demandIntegration(single(query, "integrationId"));
    if (integration.projectUid !== single(query, "projectUid")) throw notFound("integration");
    const { origin } = request.headers;
    if (origin !== undefined && !isOriginAllowed(origin, integration.config)) {
      throw new ApiError(
        403,
        "origin_not_allowed",
        "This integration does not allow the Origin of this request",
      );
    }
    const session = platform.findSession(sessionPublicId);
    if (session?.integrationId !== integration.publicId) throw notFound("session");
    return sessionPublicId;
  }

  async function admitOwner(upgrade: Upgrade): Promise<void> {
    stats.countRequest("ownerSocket");
    if (!(await waitUnlessGone(faults.latencyMs("ownerSocket"), upgrade.socket))) return;
    const owner = await ownerTokens.verify(single(upgrade.query, "token"));
    if (owner === null) throw new ApiError(401, "token_invalid", "This owner token is not valid");
    const integration = demandIntegration(single(upgrade.query, "integrationId"));
    accept(upgrade, (watcher) => owners.join(integration.publicId, watcher));
  }

  function demandIntegration(publicId: string): Integration {
    const integration = platform.integrations.findIntegration(publicId);
    if (integration?.type !== "JSBOX") throw notFound("integration");
    return integration;
  }

  function accept({ request, socket, head }: Upgrade, welcome: (socket: WebSocket) => void): void {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      // A protocol error closes the socket. Without a listener, it would also end the process.
      webSocket.on("error", () => {});
      welcome(webSocket);
    });
  }

  return {
    onUpgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      admit(request, socket, head).catch((error: unknown) => {
        if (socket.destroyed) return;
        refuseUpgrade(socket, error instanceof ApiError ? error : UNEXPECTED);
        if (!(error instanceof ApiError)) console.error(error);
      });
    },
    hasOwner: owners.has,
    get open() {
      return { visitor: visitors.open, owner: owners.open };
    },
    drop(which) {
      if (which !== "owner") visitors.dropAll();
      if (which !== "visitor") owners.dropAll();
    },
    close() {
      visitors.close();
      owners.close();
      server.close();
    },
  };
}

const UNEXPECTED = { status: 500, code: "internal", message: "Internal error" };

/** A query parameter that must occur exactly once. @throws {ApiError} 400 */
function single(query: URLSearchParams, name: string): string {
  const [value, ...others] = query.getAll(name);
  if (value === undefined || value === "" || others.length > 0) {
    throw new ApiError(400, "invalid_request", `${name} must be given exactly once`);
  }
  return value;
}
