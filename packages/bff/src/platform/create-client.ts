import { HttpsProxyAgent } from "https-proxy-agent";
import { systemClock } from "../lib/clock.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import { silentTelemetry } from "../lib/telemetry.ts";
import { createAccessGuard } from "./access.ts";
import { createUpstreamBudget } from "./budget.ts";
import { createPlatformCalls } from "./calls.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_UPSTREAM_LIMITS,
  DEFAULT_UPSTREAM_TIMEOUTS,
  type MailooClient,
  type MailooClientOptions,
  type SentMessage,
  type SessionRef,
} from "./client.ts";
import { MailooError } from "./errors.ts";
import { createHttpExchange } from "./http.ts";
import { createPlatformOperations, type ListedHistory } from "./operations.ts";
import { createSessionAliases } from "./parse/session-names.ts";
import { createSecretFilter } from "./secret-filter.ts";
import { createNextAnswer, createSessionEvidence, type SessionCall } from "./session-evidence.ts";
import { createPlatformUrls } from "./urls.ts";
import { createVisitorSockets } from "./visitor-socket.ts";

/** The platform over HTTP and WebSocket. Opens no connection before the first call. */
export function createMailooClient(options: MailooClientOptions): MailooClient {
  const { apiKey, logger, telemetry = silentTelemetry, clock = systemClock, random = Math.random } = options;
  const { hashSession = () => "hidden", fallbackOrigin = null } = options;
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.limits };
  const timeouts = { ...DEFAULT_UPSTREAM_TIMEOUTS, ...options.timeouts };
  const historyMaxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;

  const urls = createPlatformUrls({ ...options, socketUrl: options.socketUrl ?? options.apiUrl });
  const secrets = createSecretFilter(apiKey);
  const guard = createAccessGuard({ logger, now: clock.steadyMs });
  const circuit = createCircuitBreaker(clock.steadyMs, logger);
  const { maxQueue, maxInFlight } = limits;
  const createBudget = (rate: RateLimit | null, limit: string) => {
    const onOverBudget = () => telemetry.limitHit(limit);
    return createUpstreamBudget({ rate, maxInFlight, maxQueue, now: clock.steadyMs, onOverBudget });
  };
  const sends = createBudget(limits.sends, "upstream-sends");
  const reads = createBudget(limits.reads, "upstream-reads");
  const exchange = createHttpExchange({
    origin: urls.apiOrigin,
    proxy: options.apiProxy ?? null,
    // One connection per call in flight, so that only the budgets make calls wait.
    connections: 2 * maxInFlight,
    connectTimeoutMs: timeouts.connectMs,
  });
  const calls = createPlatformCalls({
    exchange,
    apiKey,
    circuit,
    guard,
    budgets: { POST: sends, GET: reads },
    timeouts,
    secrets,
    logger,
    telemetry,
    clock,
    random,
    onSuspect: askAboutOrigin,
  });
  const aliases = createSessionAliases();
  const sockets = createVisitorSockets({
    urlOf: urls.visitorSocket,
    agent: options.socketProxy ? new HttpsProxyAgent(options.socketProxy) : undefined,
    budget: reads,
    maxWaitMs: 2 * timeouts.queueMs,
    circuit,
    handshakeTimeoutMs: timeouts.handshakeMs,
    pingEveryMs: timeouts.pingEveryMs,
    secrets,
    aliases,
    logger,
    hashSession,
    clock,
    telemetry,
  });
  const operations = createPlatformOperations({ urls, secrets, aliases, historyMaxBytes });
  const logItemOnce = createOnceLog();
  const logSessionOnce = createOnceLog();
  const evidence = createSessionEvidence(clock);
  const isPlatformThere = createNextAnswer((origin) =>
    calls.run(operations.status(origin)).then(
      () => true,
      () => false,
    ),
  );
  let closing: Promise<void> | undefined;

  return {
    send(message, signal) {
      const { sessionPublicId, origin } = message;
      const sending = calls.run(operations.send(message), signal);
      return sessionPublicId === null
        ? onFirstSend(sending)
        : onEvidence("send", { sessionPublicId, origin }, sending);
    },

    async list(query, signal) {
      const call = operations.list(query);
      if (call === null) throw new MailooError({ kind: "session-unknown" });
      const listed = await onEvidence("list", query, calls.run(call, signal));
      logLeftOut(query.sessionPublicId, listed);
      return listed.messages;
    },

    status: (signal) => calls.run(operations.status(statusOrigin()), signal),
    sessionIssued: evidence.issued,
    openVisitorSocket: sockets.open,
    createIntegration: (integration, signal) => calls.run(operations.createIntegration(integration), signal),

    health: {
      get everReached() {
        return calls.everReached;
      },
      get keyRefused() {
        return guard.keyRefused;
      },
      get originRefused() {
        return guard.isOriginRefused(statusOrigin());
      },
      get circuit() {
        return circuit.state;
      },
    },

    get load() {
      return { sends: sends.size, reads: reads.size };
    },

    close() {
      closing ??= shutDown();
      return closing;
    },
  };

  /** A 404 counts only with evidence; otherwise it is a failure of a gateway in front of the platform. */
  async function onEvidence<T>(
    operation: SessionCall["operation"],
    session: SessionRef,
    asked: Promise<T>,
  ): Promise<T> {
    const call = { operation, sessionPublicId: session.sessionPublicId };
    try {
      const answer = await asked;
      evidence.found(call);
      return answer;
    } catch (error) {
      if (!isSessionUnknown(error) || (await evidence.isGone(call, () => isStillUnknown(session))))
        throw error;
      throw new MailooError({ kind: "server-error", status: 404 }, { cause: error });
    }
  }

  async function onFirstSend(sending: Promise<SentMessage>): Promise<SentMessage> {
    const sent = await sending;
    evidence.issued(sent.sessionPublicId, clock.epochMs(), true);
    return sent;
  }

  /** Lists again, because the 404 may come from a gateway that has since recovered. */
  async function isStillUnknown({ sessionPublicId, origin }: SessionRef): Promise<boolean> {
    if (!(await isPlatformThere(origin))) return false;
    const sinceMs = clock.epochMs();
    const call = operations.list({ sessionPublicId, origin, sinceMs, priority: "interactive" });
    return call !== null && calls.run(call).then(() => false, isSessionUnknown);
  }

  function logLeftOut(sessionPublicId: string, { skipped, ofOtherSessions }: ListedHistory): void {
    for (const keys of skipped) {
      const keysSeen = keys.map(secrets.text);
      logItemOnce(keysSeen.join(" "), () => {
        logger.warn({ keysSeen }, "skipped an item in the platform's list that cannot be parsed");
      });
    }
    if (ofOtherSessions === 0) return;
    const session = hashSession(sessionPublicId);
    logSessionOnce(session, () => {
      logger.error({ session }, "skipped a message of another session in the platform's list");
    });
  }

  /** If the integration does not allow the fallback origin, any accepted origin is used. */
  function statusOrigin(): string | null {
    return guard.isOriginRefused(fallbackOrigin) ? (guard.acceptedOrigin ?? fallbackOrigin) : fallbackOrigin;
  }

  /** For the access guard, which sees every answer. */
  function askAboutOrigin(origin: string | null): void {
    calls.run(operations.status(origin)).catch(() => {});
  }

  async function shutDown(): Promise<void> {
    calls.close();
    sends.close();
    reads.close();
    sockets.close();
    await exchange.close();
  }
}

function isSessionUnknown(error: unknown): boolean {
  return error instanceof MailooError && error.failure.kind === "session-unknown";
}

/** Further ones are not logged. */
const MAX_LOGGED = 50;

/** Logs each of these keys once, because every listing may repeat them. */
function createOnceLog() {
  const logged = new Set<string>();
  return (subject: string, log: () => void) => {
    if (logged.has(subject) || logged.size >= MAX_LOGGED) return;
    logged.add(subject);
    log();
  };
}
