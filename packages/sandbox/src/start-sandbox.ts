import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createOwnerTokens } from "./auth/owner-tokens.ts";
import { createFaultBoard } from "./faults/fault-board.ts";
import type { FaultPatch, FaultSettings } from "./faults/fault-settings.ts";
import { CONSOLE_DIRECTORY, createConsoleRoutes } from "./http/console-routes.ts";
import { createControlRoutes } from "./http/control-routes.ts";
import { createApp } from "./http/create-app.ts";
import { createDashboardRoutes } from "./http/dashboard-routes.ts";
import { createEndpoint } from "./http/endpoint.ts";
import { isLoopback } from "./http/is-loopback.ts";
import { createKeyEcho } from "./http/key-echo.ts";
import { createRequestStats, type RouteStats } from "./http/request-stats.ts";
import type { Route } from "./http/routes.ts";
import { createWebhookRoutes } from "./http/webhook-routes.ts";
import { createPlatform } from "./platform/create-platform.ts";
import { type MessageBatch, toNewMessages } from "./platform/message-batch.ts";
import type { ChatSession, Integration, Presence, SessionSummary, StoredMessage } from "./platform/models.ts";
import { type ExtraKey, plantSeed } from "./platform/plant-seed.ts";
import { SEED, SEED_ALLOWED_ORIGINS } from "./seed.ts";
import { createSockets } from "./sockets/create-sockets.ts";
import { openDatabase } from "./store/open-database.ts";

export interface SandboxOptions {
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Path of the SQLite file; null keeps the state in memory. @default null */
  readonly data?: string | null;
  /** Opens `/__sandbox`. The switches of the returned handle work either way. @default false */
  readonly faults?: boolean;
  /** Of the seeded integration; `[]` with no `domain` allows every origin. @default SEED_ALLOWED_ORIGINS */
  readonly allowedOrigins?: readonly string[];
  /** Of the seeded integration. @default null */
  readonly domain?: string | null;
  /** API keys besides the seed's own. @default [] */
  readonly keys?: readonly ExtraKey[];
  readonly owner?: SandboxOwnerOptions;
  /** Where the built console page is. @default the package's own */
  readonly consoleDirectory?: string;
  /** Between pings on a socket. @default 30000 */
  readonly heartbeatMs?: number;
  /** The true time, epoch milliseconds. @default Date.now */
  readonly nowMs?: () => number;
  /** A draw in [0, 1) for faults that strike at random. @default Math.random */
  readonly random?: () => number;
}

/** How owner JWTs are checked, besides the development token. */
export interface SandboxOwnerOptions {
  /** HS256, at least 32 bytes. */
  readonly secret?: string;
  /** RS256 by the keys found here. */
  readonly jwksUrl?: string;
  readonly audience?: string;
  readonly issuer?: string;
}

/** A running sandbox. Disposing of it closes it. */
export interface Sandbox extends AsyncDisposable {
  /** `http://host:port` */
  readonly url: string;
  /** `ws://host:port` */
  readonly wsUrl: string;
  readonly port: number;
  /** The fault switches, as `PUT /__sandbox/faults` sets them. */
  readonly faults: {
    readonly settings: FaultSettings;
    /** Merges some switches. @throws on unknown ones */
    set(patch: FaultPatch): FaultSettings;
    reset(): FaultSettings;
  };
  /** The owner writes. @throws if there is no such session */
  reply(sessionPublicId: string, content: string): StoredMessage;
  /** A visitor writes, into a new session where none is named. */
  send(content: string, sessionPublicId?: string): StoredMessage;
  /** Adds many messages at once, 1 ms apart unless told otherwise. @throws if there is no such session */
  addMessages(sessionPublicId: string, count: number, options?: AddMessagesOptions): readonly StoredMessage[];
  /** All that the platform keeps of a session, in its order; the truth behind every fault. */
  messages(sessionPublicId: string): readonly StoredMessage[];
  /** The sessions of an integration, newest activity first. @param integrationId @default the seed's */
  sessions(integrationId?: string): readonly SessionSummary[];
  integrations(): readonly Integration[];
  setPresence(presence: Presence, integrationId?: string): void;
  /** Ends sockets as a failing network would. @default "visitor" */
  dropSockets(which?: "visitor" | "owner" | "all"): void;
  stats(): SandboxStats;
  /** Ends everything at once, open sockets and hanging requests included. Idempotent. */
  close(): Promise<void>;
}

export interface AddMessagesOptions extends Partial<Omit<MessageBatch, "sessionPublicId" | "count">> {
  /** Whether sockets hear of them. @default true */
  readonly announce?: boolean;
}

export interface SandboxStats {
  readonly requests: Readonly<Record<Route, RouteStats>>;
  readonly sockets: { readonly visitor: number; readonly owner: number };
  /** By `sessionPublicId`. */
  readonly messages: Readonly<Record<string, number>>;
}

/**
 * Starts a local Mailoo and resolves once it listens.
 *
 * @throws if the port is taken, the data file cannot be used, or the owner secret is too short
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, owner = {}, heartbeatMs = 30_000, nowMs = Date.now } = options;
  const devToken = isLoopback(host) ? SEED.ownerToken : null;
  const ownerTokens = createOwnerTokens({
    devToken,
    secret: owner.secret ?? null,
    jwksUrl: owner.jwksUrl ?? null,
    audience: owner.audience ?? null,
    issuer: owner.issuer ?? null,
  });
  const faults = createFaultBoard(options.random);
  const database = openDatabase(options.data ?? null);
  plantSeed(database, {
    allowedOrigins: options.allowedOrigins ?? SEED_ALLOWED_ORIGINS,
    domain: options.domain ?? null,
    extraKeys: options.keys ?? [],
    nowMs: nowMs(),
  });

  const platform = createPlatform(database, faults, nowMs);
  const stats = createRequestStats();
  const keyEcho = createKeyEcho();
  const endpoint = createEndpoint({ faults, stats, keyEcho });
  const sockets = createSockets({ platform, faults, ownerTokens, stats, keyEcho, heartbeatMs });
  const isOnline = ({ publicId, presence }: Integration) =>
    presence === "online" || (presence === "auto" && sockets.hasOwner(publicId));

  const app = createApp({
    webhooks: createWebhookRoutes({ platform, faults, endpoint, isOnline }),
    dashboard: createDashboardRoutes({ platform, ownerTokens, endpoint }),
    control: options.faults ? createControlRoutes({ platform, faults, sockets, stats }) : null,
    console: createConsoleRoutes({
      platform,
      ownerTokens,
      devToken,
      directory: options.consoleDirectory ?? CONSOLE_DIRECTORY,
      isOnline,
    }),
  });
  const server = createServer(app);
  server.on("upgrade", sockets.onUpgrade);
  const connections = trackConnections(server);

  let closing: Promise<void> | null = null;
  async function closeAll(): Promise<void> {
    sockets.close();
    const closed = server.listening ? once(server, "close") : null;
    server.close();
    for (const connection of connections) connection.destroy();
    await closed;
    database.close();
  }
  const close = () => {
    closing ??= closeAll();
    return closing;
  };

  try {
    server.listen({ host, port, backlog: 4096 });
    await once(server, "listening");
  } catch (error) {
    await close();
    throw error;
  }

  // A server that listens on a port has an address of this kind.
  const address = server.address() as AddressInfo;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${address.port}`;

  function demandSession(publicId: string): ChatSession {
    const session = platform.findSession(publicId);
    if (session === null) throw new Error(`no session ${publicId} in this sandbox`);
    return session;
  }

  return {
    url: `http://${authority}`,
    wsUrl: `ws://${authority}`,
    port: address.port,
    faults: {
      get settings() {
        return faults.settings;
      },
      set: (patch) => faults.set(patch),
      reset: () => faults.reset(),
    },
    reply: (sessionPublicId, content) =>
      platform.addOwnerMessage(demandSession(sessionPublicId), { content, senderName: null }),
    send(content, sessionPublicId) {
      const session = sessionPublicId === undefined ? null : demandSession(sessionPublicId);
      const draft = { content, senderName: null, senderEmail: null };
      return platform.addVisitorMessage(SEED.integrationId, session, draft);
    },
    addMessages(sessionPublicId, count, { announce = true, ...given } = {}) {
      demandSession(sessionPublicId);
      const batch = {
        sender: "owner",
        content: "Message {n}",
        firstAtMs: null,
        stepMs: 1,
        ...given,
      } as const;
      const drafts = toNewMessages({ ...batch, sessionPublicId, count }, platform.nowMs());
      return platform.addMessages(drafts, { announce });
    },
    messages: (sessionPublicId) => platform.allMessages(sessionPublicId),
    sessions: (integrationId = SEED.integrationId) =>
      platform.listSessions({ integrationId, search: "", limit: -1, after: null }),
    integrations: () => platform.integrations.listIntegrations(),
    setPresence: (presence, integrationId = SEED.integrationId) =>
      platform.setPresence(integrationId, presence),
    dropSockets: (which = "visitor") => sockets.drop(which),
    stats: () => ({
      requests: stats.snapshot(),
      sockets: sockets.open,
      messages: platform.countMessages(),
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Every open connection, upgraded ones included, which the HTTP server itself forgets. */
function trackConnections(server: ReturnType<typeof createServer>): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on("connection", (connection: Socket) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  return connections;
}
