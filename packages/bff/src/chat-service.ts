import type { Logger } from "pino";
import { createChallengeGate } from "./challenge/challenge-gate.ts";
import { createChallenges } from "./challenge/create-challenges.ts";
import { createMemoryUsedSolutions, createSharedUsedSolutions } from "./challenge/used-solutions.ts";
import type { BffConfig } from "./config.ts";
import { type EventLoopLag, watchEventLoopLag } from "./event-loop-lag.ts";
import {
  type ChatHandler,
  type ChatHandlerDeps,
  createChatHandler,
  type Route,
} from "./http/chat-handler.ts";
import { defaultOrigin } from "./http/origin-policy.ts";
import { createChatRoutes, createMachineRoutes } from "./http/routes.ts";
import type { ResolveVisitor } from "./http/visitor.ts";
import { countInMemory, createRateLimits } from "./limits/rate-limits.ts";
import { createRedisCounters } from "./limits/redis-counter.ts";
import { createSessionHash } from "./log.ts";
import { createMailooClient } from "./mailoo/create-mailoo-client.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { watchPlatform } from "./platform-watch.ts";
import { createPresence } from "./presence.ts";
import { ProblemError } from "./problem-error.ts";
import { judgeReadiness } from "./readiness.ts";
import { createRedis } from "./redis/create-redis.ts";
import { createRedisLink } from "./redis/redis-link.ts";
import { createSendService } from "./sends/create-send-service.ts";
import { createMemorySendStore } from "./sends/memory-send-store.ts";
import { createSharedSendStore } from "./sends/shared-send-store.ts";
import { createFeedRegistry } from "./session/create-feed-registry.ts";
import { createSessionTokens } from "./session/create-session-tokens.ts";
import { createIdentityVerifier } from "./session/identity.ts";
import { silentTelemetry } from "./telemetry.ts";
import { loadWidgetFiles } from "./widget-files.ts";
import { createSocketHub } from "./ws/socket-hub.ts";
import { createUpgradeHandler, type UpgradeHandler, type UpgradePaths } from "./ws/upgrade.ts";

export interface ChatServiceOptions {
  readonly log: Logger;
  /** Null where no host application knows its visitors. */
  readonly resolveVisitor: ResolveVisitor | null;
  /** @default the process's own */
  readonly lag?: EventLoopLag;
}

/** All parts of one BFF, wired. Its faces to the network are taken from it by `app.ts` and `server.ts`. */
export interface ChatService {
  /** The routes below the base path. */
  createHandler(passUnknown: ChatHandlerDeps["passUnknown"]): ChatHandler;
  /** What a server of our own also shows at its root. */
  createRootHandler(): ChatHandler;
  createUpgradeHandler(paths: UpgradePaths): UpgradeHandler;
  issueSessionToken(sessionPublicId: string): Promise<string>;
  /** Null where they are off. */
  readonly metrics: Metrics | null;
  /**
   * Refuses new work, tells sockets to come back, answers held polls. Resolves when the open sends are done; those
   * still open after `graceMs` are answered `draining` first. Idempotent.
   */
  drain(graceMs: number): Promise<void>;
  /** Ends everything at once. Idempotent. */
  close(): Promise<void>;
}

export function createChatService(
  config: BffConfig,
  { log, resolveVisitor, lag = watchEventLoopLag() }: ChatServiceOptions,
): ChatService {
  const { platform, allowedOrigins, trustedProxies } = config;
  const metrics = config.metrics ? createMetrics() : null;
  const telemetry = metrics ?? silentTelemetry;
  const sessionHash = createSessionHash(config.sessionSecrets[0]);
  const fallbackOrigin = defaultOrigin(allowedOrigins);

  const mailoo = createMailooClient({
    apiUrl: platform.apiBaseUrl,
    socketOrigin: platform.socketBaseUrl,
    apiKey: platform.apiKey,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    fallbackOrigin,
    limits: { sends: config.limits.upstreamSends, reads: config.limits.upstreamReads },
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
  const replicas = config.redisUrl === null ? null : connectReplicas(config.redisUrl, log);
  const store = replicas?.sendStore ?? createMemorySendStore();
  const sends = createSendService({ client: mailoo, store, telemetry });
  const feeds = createFeedRegistry({
    client: mailoo,
    policy: { upstream: config.upstream },
    telemetry,
  });
  const presence = createPresence(mailoo, config.officeHours);
  const limits = createRateLimits(config.limits, telemetry, replicas?.counters ?? countInMemory);
  const challengeGate = createChallengeGate(
    config.challenge,
    createChallenges({
      secret: config.sessionSecrets[0],
      used: replicas?.usedSolutions ?? createMemoryUsedSolutions(),
    }),
  );
  const hub = createSocketHub({
    tokens,
    feeds,
    limits: config.limits,
    telemetry,
    log,
    sessionHash,
    onClosed: (code) => metrics?.socketClosed(code),
    refusal: () => refusal(),
  });
  const widgetFiles = loadWidgetFiles();
  if (widgetFiles.size === 0) log.warn("the widget's bundle is not built: /widget.js is answered 404");

  presence.onChange((status) => hub.broadcastStatus(status));
  const stopWatching = watchPlatform({ presence, health: mailoo.health, hasReaders: () => hub.size > 0 });

  let takesSockets = false;
  let draining: Promise<void> | null = null;
  let closing: Promise<void> | null = null;

  const refusal = () => {
    if (draining) return new ProblemError("draining");
    return lag.overloaded ? new ProblemError("overloaded") : null;
  };
  const readiness = () =>
    judgeReadiness({
      draining: draining !== null,
      platform: mailoo.health,
      redis: replicas?.link.health ?? null,
    });
  metrics?.observe({
    sockets: () => hub.size,
    sends: () => sends.size,
    feedsByMode: () => feeds.size.byMode,
    eventLoopLagMs: () => lag.lagMs,
    upstreamLoad: () => mailoo.load,
    readiness,
  });

  const createHandler = (routes: ReadonlyMap<string, Route>, passUnknown: ChatHandlerDeps["passUnknown"]) =>
    createChatHandler({
      routes,
      widgetFiles,
      allowedOrigins,
      defaultOrigin: fallbackOrigin,
      trustedProxies,
      limits,
      refusal,
      log,
      sessionHash,
      passUnknown,
      onAnswered: (answered) => metrics?.requestAnswered(answered),
    });
  const machines = { readiness, metrics: config.metrics?.port === null ? metrics : null };

  return {
    metrics,

    createHandler: (passUnknown) =>
      createHandler(
        createChatRoutes({
          ...machines,
          config,
          tokens,
          sends,
          feeds,
          limits,
          challengeGate,
          presence,
          takesSockets: () => takesSockets,
          resolveVisitor,
          verifyIdentity,
          senderRules: {
            preChat: config.preChat,
            allowUnverified: config.identity.allowUnverified,
            canVerify:
              config.identity.secret !== null || config.identity.jwksUrl !== null || resolveVisitor !== null,
          },
        }),
        passUnknown,
      ),

    createRootHandler: () => createHandler(createMachineRoutes(machines), "never"),

    createUpgradeHandler(paths) {
      takesSockets = true;
      return createUpgradeHandler({ hub, allowedOrigins, trustedProxies, limits, refusal, log }, paths);
    },

    issueSessionToken: async (sessionPublicId) => tokens.issue(sessionPublicId).token,

    drain(graceMs) {
      draining ??= (async () => {
        const told = hub.drain();
        feeds.drain();
        await Promise.all([told, sends.drain(graceMs)]);
      })();
      return draining;
    },

    close() {
      closing ??= (async () => {
        stopWatching();
        lag.stop();
        hub.close();
        await Promise.all([feeds.close(), sends.close()]);
        await mailoo.close();
        replicas?.link.close();
      })();
      return closing;
    },
  };
}

/** What replicas keep together. */
function connectReplicas(redisUrl: string, log: Logger) {
  const redis = createRedis(redisUrl);
  const link = createRedisLink({ redis, logger: log });
  return {
    link,
    sendStore: createSharedSendStore({ link, logger: log }),
    counters: createRedisCounters(link, redis),
    usedSolutions: createSharedUsedSolutions(link),
  };
}
