import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createOwnerTokens } from "./auth/owner-tokens.ts";
import { createFaultBoard } from "./faults/fault-board.ts";
import { CONSOLE_DIRECTORY, createConsoleRoutes } from "./http/console-routes.ts";
import { createControlRoutes } from "./http/control-routes.ts";
import { createApp } from "./http/create-app.ts";
import { createDashboardRoutes } from "./http/dashboard-routes.ts";
import { createEndpoint } from "./http/endpoint.ts";
import { isLoopback } from "./http/is-loopback.ts";
import { createKeyEcho } from "./http/key-echo.ts";
import { createRequestStats } from "./http/request-stats.ts";
import { createWebhookRoutes } from "./http/webhook-routes.ts";
import { createPlatform } from "./platform/create-platform.ts";
import { toNewMessages } from "./platform/message-batch.ts";
import type { ChatSession, Integration } from "./platform/models.ts";
import { plantSeed } from "./platform/plant-seed.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";
import { SEED, SEED_ALLOWED_ORIGINS } from "./seed.ts";
import { createSockets } from "./sockets/create-sockets.ts";
import { openDatabase } from "./store/open-database.ts";

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
      chatServerUrl: options.bffUrl ?? null,
      isOnline,
    }),
  });
  const server = createServer(app);
  server.on("upgrade", sockets.onUpgrade);
  // As long as behind a load balancer: with Node's five seconds, callers would reuse connections that just close.
  server.keepAliveTimeout = 60_000;
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
      const session = demandSession(sessionPublicId);
      const batch = {
        sender: "owner",
        content: "Message {n}",
        firstAtMs: null,
        stepMs: 1,
        ...given,
      } as const;
      const drafts = toNewMessages({ ...batch, sessionPublicId, count }, session, platform.nowMs());
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

/** Every open connection. The HTTP server itself does not track upgraded ones. */
function trackConnections(server: ReturnType<typeof createServer>): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on("connection", (connection: Socket) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  return connections;
}
