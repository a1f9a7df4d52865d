import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import type { Logger } from "pino";
import { type ApplicationSessions, createApplicationBindings } from "./auth/application-sessions.ts";
import { createChallengeGate } from "./auth/challenge-gate.ts";
import { createIdentityVerifier } from "./auth/identity.ts";
import { createSessionTokens, toAudience } from "./auth/session-tokens.ts";
import type { ResolveVisitor } from "./auth/visitor.ts";
import { createVisitorRecords, VISITOR_SCRIPTS } from "./auth/visitor-records.ts";
import { createVisitorSessions } from "./auth/visitor-sessions.ts";
import type { BffConfig } from "./config/to-config.ts";
import { createFeedRegistry } from "./feed/registry.ts";
import { createChatRouter, createRootRouter } from "./http/app.ts";
import { createRateLimits } from "./http/limits.ts";
import { createContextReader } from "./http/page-context.ts";
import { warnOfProxies } from "./http/request-log.ts";
import { findWidgetFiles } from "./http/widget-files.ts";
import { defaultOrigin } from "./lib/origins.ts";
import { ProblemError } from "./lib/problem-error.ts";
import { combineTelemetry, silentTelemetry, type Telemetry } from "./lib/telemetry.ts";
import { type EventLoopLag, watchEventLoopLag } from "./observability/event-loop-lag.ts";
import { createKeyedHash } from "./observability/log.ts";
import { createMetrics } from "./observability/metrics.ts";
import { judgeReadiness } from "./observability/readiness.ts";
import { toClientOptions } from "./platform/client.ts";
import { createMailooClient } from "./platform/create-client.ts";
import { createPresence, watchPlatform } from "./platform/presence.ts";
import { createRedis, createRedisLink } from "./redis/redis-link.ts";
import { createMemorySendStore } from "./sends/memory-store.ts";
import { SEND_SCRIPTS } from "./sends/redis-scripts.ts";
import { createSendService } from "./sends/service.ts";
import { createSharedSendStore } from "./sends/shared-store.ts";
import { createWebhooks } from "./webhooks/create-webhooks.ts";
import { createWebhookDelivery } from "./webhooks/deliver-webhooks.ts";
import { createSocketHub } from "./ws/hub.ts";
import { createUpgradeHandler, type UpgradeHandler, type UpgradePaths } from "./ws/upgrade.ts";

export interface ChatServiceOptions {
  readonly log: Logger;
  /** Null: no host application identifies visitors. */
  readonly resolveVisitor: ResolveVisitor | null;
  /** The host application stores the sessions of signed-in visitors. @default kept here, if configured */
  readonly applicationSessions?: ApplicationSessions | null;
  /** Hooks of the host application. @default none */
  readonly hooks?: Partial<Telemetry> | undefined;
  /** The label of its metrics if there are several chats. @default null */
  readonly name?: string | null;
  /** @default this process's */
  readonly lag?: EventLoopLag;
}

export type ChatService = ReturnType<typeof createChatService>;

/** One BFF with all its parts, not connected to a port yet: see `server.ts` and `create-chat-bff.ts`. */
export function createChatService(
  config: BffConfig,
  {
    log,
    resolveVisitor,
    applicationSessions = null,
    hooks,
    name = null,
    lag = watchEventLoopLag(),
  }: ChatServiceOptions,
) {
  const { platform, allowedOrigins } = config;
  const metrics = config.metrics ? createMetrics(name) : null;
  const telemetry = hooks ? combineTelemetry(metrics ?? {}, hooks) : (metrics ?? silentTelemetry);
  const sessionHash = createKeyedHash(config.sessionSecrets[0], "log");
  const fallbackOrigin = defaultOrigin(allowedOrigins);

  const mailoo = createMailooClient({
    ...toClientOptions(config),
    fallbackOrigin,
    hashSession: sessionHash,
    logger: log,
    telemetry,
  });
  const tokens = createSessionTokens({
    secrets: config.sessionSecrets,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    revokedBeforeMs: config.sessionRevokedBeforeMs,
    onSession: mailoo.sessionIssued,
  });
  const verifyIdentity = createIdentityVerifier({ ...config.identity, log });
  const redis = config.redisUrl === null ? null : connectRedis(config, config.redisUrl, log);
  const link = redis?.link ?? null;
  const visitorSessions =
    config.visitorSessions || applicationSessions
      ? createVisitorSessions({
          secrets: config.sessionSecrets,
          audience: toAudience(platform.projectUid, platform.integrationId),
          records: createVisitorRecords(link),
          bindings: applicationSessions ? createApplicationBindings(applicationSessions, log) : undefined,
        })
      : null;
  const store = link ? createSharedSendStore({ link, logger: log }) : createMemorySendStore();
  const webhooks =
    config.webhook &&
    createWebhooks({
      ...platform,
      events: config.webhook.events,
      delivery: createWebhookDelivery({ ...config.webhook, log, telemetry }),
    });
  const sends = createSendService({ client: mailoo, store, telemetry, onAccepted: webhooks?.messageSent });
  const feeds = createFeedRegistry({
    client: mailoo,
    policy: { upstream: config.upstream },
    telemetry,
    onDelivered: webhooks?.messageDelivered,
  });
  const presence = createPresence(mailoo, config.officeHours);
  const limits = createRateLimits(config.limits, telemetry, redis);
  const challengeGate = createChallengeGate({
    mode: config.challenge,
    secret: config.sessionSecrets[0],
    link,
  });
  let takesSockets = false;
  let draining: Promise<void> | null = null;
  let closing: Promise<void> | null = null;
  const refusal = () => {
    if (draining) return new ProblemError("draining");
    return lag.overloaded ? new ProblemError("overloaded") : null;
  };
  const hub = createSocketHub({
    tokens,
    feeds,
    limits: config.limits,
    telemetry,
    log,
    sessionHash,
    onClosed: (code) => metrics?.socketClosed(code),
    status: presence.current,
    refusal,
    onSessionOver: (session) => void visitorSessions?.ended(session),
  });
  const widgetFolder = findWidgetFiles();
  if (widgetFolder === null) log.warn("the widget's bundle is not built: /widget.js is answered 404");

  presence.onChange((status) => hub.broadcastStatus(status));
  const stopWatching = watchPlatform({ presence, health: mailoo.health, hasReaders: () => hub.size > 0 });

  const readiness = () =>
    judgeReadiness({
      draining: draining !== null,
      platform: mailoo.health,
      redis: link?.health ?? null,
    });
  metrics?.observe({
    sockets: () => hub.size,
    sends: () => sends.size,
    feedsByMode: () => feeds.byMode,
    eventLoopLagMs: () => lag.lagMs,
    upstreamLoad: () => mailoo.load,
    webhooksWaiting: () => webhooks?.waiting ?? 0,
    readiness,
  });

  const shared = {
    log,
    warnOfProxies: warnOfProxies(log),
    sessionHash,
    metrics,
    readiness,
    metricsPage: config.metrics?.port === null ? metrics : null,
    widgetFolder,
    page: config.page,
    allowedOrigins,
    limits,
  };

  return {
    /** The routes below the base path. */
    router: createChatRouter({
      ...shared,
      config,
      defaultOrigin: fallbackOrigin,
      tokens,
      sends,
      feeds,
      visitorSessions,
      challengeGate,
      presence,
      refusal,
      takesSockets: () => takesSockets,
      resolveVisitor,
      verifyIdentity,
      readContext: createContextReader(config.contextNames, allowedOrigins, log),
      senderRules: {
        preChat: config.preChat,
        asksEmailWhenAway: config.away.email !== null,
        allowUnverified: config.identity.allowUnverified,
        canVerify:
          config.identity.secret !== null || config.identity.jwksUrl !== null || resolveVisitor !== null,
      },
    }),

    /** The routes at the root of a standalone server with only this chat. */
    createRootRouter: (): Router => createRootRouter(shared),
    /** Null: they are off. */
    metrics,
    readiness,

    createUpgradeHandler(paths: UpgradePaths, addressOf: (req: IncomingMessage) => string): UpgradeHandler {
      takesSockets = true;
      return createUpgradeHandler({ hub, allowedOrigins, addressOf, limits, refusal, log }, paths);
    },

    issueSessionToken: async (sessionPublicId: string) => (await tokens.issue(sessionPublicId)).token,

    /**
     * Refuses new work, tells sockets to reconnect, answers held polls. Resolves when the open sends are done and the
     * webhooks delivered; after 8 s sends are answered `draining` and left pending, and webhooks are left. Idempotent.
     */
    drain(): Promise<void> {
      draining ??= (async () => {
        const endsAtMs = performance.now() + DRAIN_MS;
        const notified = hub.drain();
        feeds.drain();
        await Promise.all([notified, sends.drain(DRAIN_MS)]);
        await webhooks?.drain(Math.max(0, endsAtMs - performance.now()));
      })();
      return draining;
    },

    /** Ends everything at once. Idempotent. */
    close(): Promise<void> {
      closing ??= (async () => {
        stopWatching();
        lag.stop();
        hub.close();
        feeds.close();
        await sends.close();
        await webhooks?.close();
        await mailoo.close();
        link?.close();
      })();
      return closing;
    },
  };
}

/** The whole drain must end before a process manager kills the process, usually after 10 s. */
const DRAIN_MS = 8_000;

/** Dependencies that replicas share. */
function connectRedis({ sessionSecrets, redisPrefix }: BffConfig, redisUrl: string, log: Logger) {
  const redis = createRedis(redisUrl, { ...SEND_SCRIPTS, ...VISITOR_SCRIPTS }, redisPrefix);
  const link = createRedisLink({ redis, logger: log });
  return { link, redis, hashKey: createKeyedHash(sessionSecrets[0], "limits") };
}
