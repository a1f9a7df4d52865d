import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { OwnerTokens } from "../auth/owner-tokens.ts";
import type { FaultBoard } from "../faults/fault-board.ts";
import { ApiError, notFound } from "../http/api-error.ts";
import type { KeyEcho } from "../http/key-echo.ts";
import { toMessageJson, toSummaryJson } from "../http/owner-json.ts";
import type { RequestStats } from "../http/request-stats.ts";
import { waitUnlessGone } from "../http/wait-unless-gone.ts";
import type { Platform } from "../platform/create-platform.ts";
import { isOriginAllowed } from "../platform/is-origin-allowed.ts";
import type { Integration, StoredMessage } from "../platform/models.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { createSocketRooms } from "./socket-rooms.ts";
import { visitorFrames } from "./visitor-frames.ts";

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
  /** Ends sockets as a failing network would. */
  drop(which: "visitor" | "owner" | "all"): void;
  close(): void;
}

/** The two sockets of the platform: owners watch an integration, visitors watch their session. */
export function createSockets(deps: SocketDeps): Sockets {
  const { platform, faults, ownerTokens, stats, keyEcho, heartbeatMs } = deps;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 16 * 1024,
  });
  const visitors = createSocketRooms({ heartbeatMs });
  const owners = createSocketRooms({ heartbeatMs, onOccupancy: announcePresence });
  const delayedPushes = new Set<NodeJS.Timeout>();

  platform.onMessages((session, messages) => {
    if (owners.size(session.integrationId) > 0) {
      for (const message of messages) tellOwners(session.integrationId, "message", toMessageJson(message));
      tellOwners(session.integrationId, "session", toSummaryJson(platform.summarise(session)));
    }
    pushToVisitors(session.publicId, messages);
  });
  platform.onRead((session) => {
    tellOwners(session.integrationId, "session", toSummaryJson(platform.summarise(session)));
  });
  platform.onPresence(announcePresence);
  const stopWatchingFaults = faults.onChange(({ sockets }) => {
    if (sockets === "drop" || sockets === "refuse") visitors.dropAll();
  });

  function tellOwners(integrationId: string, type: string, payload: unknown): void {
    if (owners.size(integrationId) > 0) owners.send(integrationId, JSON.stringify({ type, payload }));
  }

  function announcePresence(integrationId: string): void {
    const integration = platform.integrations.findIntegration(integrationId);
    if (integration === null) return;
    tellOwners(integrationId, "presence", { presence: integration.presence });
  }

  function pushToVisitors(sessionPublicId: string, messages: readonly StoredMessage[]): void {
    if (visitors.size(sessionPublicId) === 0) return;
    const frames = framesFor(sessionPublicId, messages);
    const push = () => {
      for (const frame of frames) visitors.send(sessionPublicId, frame);
    };
    const { pushDelayMs } = faults.settings;
    if (pushDelayMs === 0) {
      push();
      return;
    }
    const timer = setTimeout(() => {
      delayedPushes.delete(timer);
      push();
    }, pushDelayMs);
    delayedPushes.add(timer);
  }

  function framesFor(sessionPublicId: string, fresh: readonly StoredMessage[]): readonly (string | Buffer)[] {
    const { settings, dialect } = faults;
    const replayed = settings.replay === 0 ? [] : lastBefore(sessionPublicId, fresh[0], settings.replay);
    return visitorFrames(fresh, { settings, dialect, replayed, lastKey: keyEcho.last });
  }

  function lastBefore(sessionPublicId: string, first: StoredMessage | undefined, count: number) {
    const session = platform.findSession(sessionPublicId);
    if (session === null) return [];
    return platform.listHistory(session, { before: first?.id ?? null, limit: count }).messages;
  }

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = URL.parse(request.url ?? "", "http://sandbox");
    if (url?.pathname === VISITOR_PATH) return admitVisitor(request, socket, head, url.searchParams);
    if (url?.pathname === OWNER_PATH) return admitOwner(request, socket, head, url.searchParams);
    throw notFound("socket");
  }

  async function admitVisitor(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    query: URLSearchParams,
  ): Promise<void> {
    stats.countRequest("visitorSocket");
    if (!(await waitUnlessGone(faults.latencyMs("visitorSocket"), socket))) return;
    const mode = faults.settings.sockets;
    if (mode === "hang") {
      socket.resume().once("end", () => socket.destroy());
      return;
    }
    if (mode === "refuse")
      throw new ApiError(503, "injected_failure", "Sockets are refused by a fault switch");

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
    if (platform.findSession(sessionPublicId)?.integrationId !== integration.publicId)
      throw notFound("session");

    accept(request, socket, head, (visitor) => {
      if (mode === "drop") return visitor.terminate();
      visitors.join(sessionPublicId, visitor);
      if (faults.settings.replay === 0) return;
      for (const frame of framesFor(sessionPublicId, [])) visitor.send(frame);
    });
  }

  async function admitOwner(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    query: URLSearchParams,
  ): Promise<void> {
    stats.countRequest("ownerSocket");
    if (!(await waitUnlessGone(faults.latencyMs("ownerSocket"), socket))) return;
    const owner = await ownerTokens.verify(single(query, "token"));
    if (owner === null) throw new ApiError(401, "token_invalid", "This owner token is not valid");
    const integration = demandIntegration(single(query, "integrationId"));
    accept(request, socket, head, (watcher) => owners.join(integration.publicId, watcher));
  }

  function demandIntegration(publicId: string): Integration {
    const integration = platform.integrations.findIntegration(publicId);
    if (integration?.type !== "JSBOX") throw notFound("integration");
    return integration;
  }

  function accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    welcome: (socket: WebSocket) => void,
  ): void {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      // A protocol error closes the socket by itself; without a listener it would end the process.
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
    hasOwner: (integrationId) => owners.size(integrationId) > 0,
    get open() {
      return { visitor: visitors.total, owner: owners.total };
    },
    drop(which) {
      if (which !== "owner") visitors.dropAll();
      if (which !== "visitor") owners.dropAll();
    },
    close() {
      stopWatchingFaults();
      for (const timer of delayedPushes) clearTimeout(timer);
      delayedPushes.clear();
      visitors.close();
      owners.close();
      server.close();
    },
  };
}

const OWNER_PATH = "/api/v1/chat/ws";
const VISITOR_PATH = "/api/v1/chat/visitor-ws";

const UNEXPECTED = { status: 500, code: "internal", message: "Internal error" };

/** A query parameter that must be there exactly once. @throws {ApiError} 400 */
function single(query: URLSearchParams, name: string): string {
  const [value, ...others] = query.getAll(name);
  if (value === undefined || value === "" || others.length > 0) {
    throw new ApiError(400, "invalid_request", `${name} must be given exactly once`);
  }
  return value;
}
