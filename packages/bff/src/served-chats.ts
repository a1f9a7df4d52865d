import type { IncomingMessage } from "node:http";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import type { Express } from "express";
import type { Logger } from "pino";
import { type ChatService, createChatService } from "./chat-service.ts";
import type { ServedChat } from "./config/parse-chats.ts";
import type { BffConfig } from "./config/to-config.ts";
import { createMetricsRouter, createRootRouter } from "./http/app.ts";
import { createRateLimits } from "./http/limits.ts";
import { warnOfProxies } from "./http/request-log.ts";
import { findWidgetFiles } from "./http/widget-files.ts";
import { silentTelemetry } from "./lib/telemetry.ts";
import { watchEventLoopLag } from "./observability/event-loop-lag.ts";
import { combineMetrics, createMetrics } from "./observability/metrics.ts";
import { combineReadiness } from "./observability/readiness.ts";
import { isOurs, type UpgradeHandler } from "./ws/upgrade.ts";

interface Serving {
  readonly chat: ServedChat;
  readonly service: ChatService;
}

type ServingChats = readonly [Serving, ...Serving[]];

/** The chats of the standalone server: one, or several that share only the process. */
export function serveChats(chats: readonly [ServedChat, ...ServedChat[]], log: Logger) {
  const lag = watchEventLoopLag();
  const serve = (chat: ServedChat): Serving => {
    const { name, config } = chat;
    const ownLog = name === null ? log : log.child({ chat: name });
    return { chat, service: createChatService(config, { log: ownLog, resolveVisitor: null, name, lag }) };
  };
  const [first, ...others] = chats;
  const serving: ServingChats = [serve(first), ...others.map(serve)];
  const [{ service }] = serving;
  const { router, metricsPage } =
    first.name === null
      ? { router: service.createRootRouter(), metricsPage: service.metrics }
      : createRoot(serving, log);

  return {
    mountOn(app: Express): void {
      for (const { chat, service } of serving) app.use(chat.path, service.router);
      app.use(router);
    },

    /** The routes on the metrics port. Null: metrics have no port of their own. */
    metricsRouter: metricsPage && hasMetricsPort(first.config) ? createMetricsRouter(metricsPage) : null,

    createUpgradeHandler(addressOf: (req: IncomingMessage) => string): UpgradeHandler {
      const handlers = serving.map(({ chat, service }) => {
        const paths = { basePath: chat.path, exclusive: true };
        return { paths, handle: service.createUpgradeHandler(paths, addressOf) };
      });
      return (req, socket, head) => {
        // If the path belongs to no chat, any handler answers 404.
        const handler = handlers.find(({ paths }) => isOurs(req, paths)) ?? handlers[0];
        handler?.handle(req, socket, head);
      };
    },

    /** See `ChatService`. */
    async drain(): Promise<void> {
      await Promise.all(serving.map(({ service }) => service.drain()));
    },

    async close(): Promise<void> {
      await Promise.all(serving.map(({ service }) => service.close()));
    },
  };
}

/** The root of a server with several chats, with the health, readiness and metrics of all. */
function createRoot(serving: ServingChats, log: Logger) {
  // Settings of the server are the same in all chats.
  const { config } = serving[0].chat;
  const ofProcess = config.metrics ? createMetrics() : null;
  const metricsPage =
    ofProcess && combineMetrics([ofProcess, ...serving.flatMap(({ service }) => service.metrics ?? [])]);
  // The script and the page at the root are those of the chat at the default base path.
  const atDefault = serving.find(({ chat }) => chat.path === DEFAULT_BASE_PATH)?.chat;
  const router = createRootRouter({
    log,
    warnOfProxies: warnOfProxies(log),
    // No request for a session reaches this router.
    sessionHash: () => "hidden",
    metrics: ofProcess,
    readiness: () =>
      combineReadiness(new Map(serving.map(({ chat, service }) => [chat.path, service.readiness()]))),
    metricsPage: hasMetricsPort(config) ? null : metricsPage,
    widgetFolder: atDefault ? findWidgetFiles() : null,
    page: atDefault?.config.page ?? {},
    allowedOrigins: (atDefault ? [atDefault] : serving.map(({ chat }) => chat)).flatMap(
      ({ config }) => config.allowedOrigins,
    ),
    limits: createRateLimits(config.limits, ofProcess ?? silentTelemetry, null),
  });
  return { router, metricsPage };
}

function hasMetricsPort({ metrics }: BffConfig): boolean {
  return metrics !== null && metrics.port !== null;
}
