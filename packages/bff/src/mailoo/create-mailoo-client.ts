import { createHmac, randomBytes } from "node:crypto";
import type { ChatMessage, PresenceStatus } from "@mailoo-chat/protocol";
import { systemClock } from "../clock.ts";
import { silentTelemetry } from "../telemetry.ts";
import { createCircuit } from "../upstream/circuit.ts";
import { createUpstreamBudget } from "../upstream/upstream-budget.ts";
import { createAccessGuard } from "./access-guard.ts";
import { createHttpExchange } from "./http-exchange.ts";
import type {
  ListQuery,
  MailooClient,
  NewIntegration,
  OutgoingMessage,
  SentMessage,
  SessionRef,
  VisitorSocket,
  VisitorSocketListener,
} from "./mailoo-client.ts";
import { MailooError } from "./mailoo-error.ts";
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_UPSTREAM_LIMITS,
  DEFAULT_UPSTREAM_TIMEOUTS,
  type MailooClientOptions,
} from "./mailoo-options.ts";
import { parseIntegration } from "./parse/parse-integration.ts";
import { parseMessageList } from "./parse/parse-message-list.ts";
import { parseSendAnswer } from "./parse/parse-send-answer.ts";
import { parseStatus } from "./parse/parse-status.ts";
import { notUnderstood, type Reading, understood } from "./parse/reading.ts";
import { createPlatformCalls } from "./platform-calls.ts";
import { createPlatformUrls } from "./platform-urls.ts";
import { createSecretFilter } from "./secret-filter.ts";
import { createSharedAnswer } from "./shared-answer.ts";
import { createSkipLog } from "./skip-log.ts";
import { createVisitorSocket } from "./visitor-socket.ts";

/**
 * The platform over HTTP and WebSocket, as its page describes it. Opens no connection before the first call. Throws a
 * `TypeError` that names the option where one cannot be used.
 */
export function createMailooClient(options: MailooClientOptions): MailooClient {
  const { apiKey, logger, telemetry = silentTelemetry, clock = systemClock, random = Math.random } = options;
  const { hashSession = createSessionHash(), fallbackOrigin = null } = options;
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...options.limits };
  const timeouts = { ...DEFAULT_UPSTREAM_TIMEOUTS, ...options.timeouts };
  const historyMaxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const answerMaxBytes = Math.min(historyMaxBytes, ANSWER_MAX_BYTES);

  const urls = createPlatformUrls({ ...options, socketOrigin: options.socketOrigin ?? options.apiUrl });
  const secrets = createSecretFilter(apiKey);
  const guard = createAccessGuard({ now: clock.steadyMs });
  const { maxQueue, maxInFlight } = limits;
  const sends = createUpstreamBudget({ rate: limits.sends, maxInFlight, maxQueue, now: clock.steadyMs });
  const reads = createUpstreamBudget({ rate: limits.reads, maxInFlight, maxQueue, now: clock.steadyMs });
  const exchange = createHttpExchange({
    origin: urls.apiOrigin,
    // One for each call that may be in flight: none waits for a connection behind the budget's back.
    connections: 2 * maxInFlight,
    connectTimeoutMs: timeouts.connectMs,
  });
  const circuit = createCircuit(clock.steadyMs, logger);
  const calls = createPlatformCalls({
    exchange,
    apiKey,
    circuit,
    guard,
    timeouts,
    logger,
    telemetry,
    clock,
    random,
    secrets,
  });
  const skipLog = createSkipLog(logger, secrets);
  const sharedStatus = createSharedAnswer({
    ask: askStatus,
    freshForMs: timeouts.statusFreshMs,
    now: clock.steadyMs,
  });
  const sockets = new Set<VisitorSocket>();
  let closing: Promise<void> | undefined;

  return {
    send,
    list,
    status,
    openVisitorSocket,
    createIntegration,
    health: {
      get everReached() {
        return calls.everReached;
      },
      get keyRefused() {
        return guard.keyRefused;
      },
      get circuit() {
        return circuit.state;
      },
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };

  function send(message: OutgoingMessage, signal?: AbortSignal): Promise<SentMessage> {
    const { content, sessionPublicId, origin, sender } = message;
    const body = {
      content,
      ...(sessionPublicId === null ? {} : { sessionPublicId }),
      ...(sender?.name === undefined ? {} : { senderName: sender.name }),
      ...(sender?.email === undefined ? {} : { senderEmail: sender.email }),
    };
    return calls
      .run(
        {
          operation: "send",
          method: "POST",
          path: urls.messages,
          body: JSON.stringify(body),
          origin,
          sessionPublicId,
          budget: sends,
          // All first messages share one lane: a flood of them leaves the sessions that there are their turns.
          lane: sessionPublicId ?? "",
          priority: "interactive",
          maxBytes: answerMaxBytes,
          guarded: true,
          parse: (answer) => readSendAnswer(answer, sessionPublicId),
        },
        signal,
      )
      .then(({ accepted, ...sent }) => {
        if (accepted) return sent;
        throw new MailooError({ kind: "refused", status: 200 });
      });
  }

  function readSendAnswer(
    answer: unknown,
    continued: string | null,
  ): Reading<SentMessage & { readonly accepted: boolean }> {
    const read = parseSendAnswer(answer === undefined ? {} : answer);
    if (!read.ok) return read;
    const { accepted, messageId, createdAt } = read.value;
    // What may be the platform's inner id never replaces the public one that we know.
    const sessionPublicId = read.value.sessionPublicId ?? continued ?? read.value.sessionId;
    if (!accepted) return understood({ accepted, sessionPublicId: "", messageId: null, createdAt: null });
    if (sessionPublicId === null || secrets.holdsSecret(sessionPublicId)) return notUnderstood(answer);
    const cleanId = messageId === null ? null : secrets.text(messageId);
    return understood({ accepted, sessionPublicId, messageId: cleanId, createdAt });
  }

  async function list(query: ListQuery, signal?: AbortSignal): Promise<readonly ChatMessage[]> {
    const { sessionPublicId, origin, sinceMs, priority } = query;
    const path = urls.history(sessionPublicId, sinceMs);
    if (path === null) throw new MailooError({ kind: "session-unknown" });
    const { messages, skipped } = await calls.run(
      {
        operation: "list",
        method: "GET",
        path,
        origin,
        sessionPublicId,
        budget: reads,
        lane: sessionPublicId,
        priority,
        maxBytes: historyMaxBytes,
        guarded: true,
        parse: parseMessageList,
      },
      signal,
    );
    skipLog.skipped(skipped);
    return messages.map(secrets.message);
  }

  async function status(signal?: AbortSignal): Promise<PresenceStatus> {
    try {
      return await sharedStatus.get(signal);
    } catch (error) {
      if (error instanceof MailooError) throw error;
      // The caller's own signal: it gave up waiting for an answer that others share.
      throw new MailooError({ kind: "no-answer", timedOut: false }, { cause: new Error("cancelled") });
    }
  }

  function askStatus(): Promise<PresenceStatus> {
    return calls.run({
      operation: "status",
      method: "GET",
      path: urls.status,
      origin: fallbackOrigin,
      sessionPublicId: null,
      budget: reads,
      lane: "status",
      priority: "interactive",
      maxBytes: answerMaxBytes,
      guarded: true,
      parse: parseStatus,
    });
  }

  function createIntegration(
    integration: NewIntegration,
    signal?: AbortSignal,
  ): Promise<{ integrationId: string }> {
    const { name, welcomeMessage, allowedOrigins, domain } = integration;
    const config = {
      ...(welcomeMessage === null ? {} : { welcomeMessage }),
      allowedOrigins,
      ...(domain === null ? {} : { domain }),
    };
    return calls.run(
      {
        operation: "create-integration",
        method: "POST",
        path: urls.integrations,
        body: JSON.stringify({ name, config }),
        origin: null,
        sessionPublicId: null,
        budget: sends,
        lane: "",
        priority: "interactive",
        maxBytes: answerMaxBytes,
        // Its scope is another one.
        guarded: false,
        parse: readIntegration,
      },
      signal,
    );
  }

  function readIntegration(answer: unknown): Reading<{ readonly integrationId: string }> {
    const read = parseIntegration(answer);
    return read.ok && secrets.holdsSecret(read.value.integrationId) ? notUnderstood(answer) : read;
  }

  function openVisitorSocket(
    { sessionPublicId, origin }: SessionRef,
    listener: VisitorSocketListener,
  ): VisitorSocket {
    const startedAtMs = clock.steadyMs();
    const socket = createVisitorSocket({
      url: urls.visitorSocket(sessionPublicId),
      sessionPublicId,
      origin,
      listener,
      takeTurn: (signal) => takeDialTurn(sessionPublicId, signal),
      handshakeTimeoutMs: timeouts.handshakeMs,
      pingEveryMs: timeouts.pingEveryMs,
      secrets,
      logger,
      sessionLabel: hashSession(sessionPublicId),
      random,
      onDialled: (outcome) =>
        telemetry.upstreamCall({
          operation: "visitor-socket",
          outcome,
          durationMs: clock.steadyMs() - startedAtMs,
        }),
      onGone: () => sockets.delete(socket),
    });
    sockets.add(socket);
    return socket;
  }

  /** A dial is a read of the background: the history serves whoever waits for an answer. */
  async function takeDialTurn(sessionPublicId: string, signal: AbortSignal): Promise<() => void> {
    if (closing !== undefined) throw new MailooError({ kind: "unreachable" });
    if (circuit.peek().kind === "refused") throw new MailooError({ kind: "unreachable" });
    try {
      const maxWaitMs = 2 * timeouts.queueMs;
      return await reads.acquire({ lane: sessionPublicId, priority: "background", maxWaitMs, signal });
    } catch (error) {
      if (!signal.aborted) telemetry.limitHit("upstream-reads");
      throw error;
    }
  }

  async function shutDown(): Promise<void> {
    calls.close();
    sends.close();
    reads.close();
    for (const socket of [...sockets]) socket.close();
    await exchange.close();
  }
}

/** Everything but a history is small. */
const ANSWER_MAX_BYTES = 256 * 1024;

function createSessionHash(): (sessionPublicId: string) => string {
  const key = randomBytes(32);
  return (sessionPublicId) =>
    createHmac("sha256", key).update(sessionPublicId).digest("base64url").slice(0, 16);
}
