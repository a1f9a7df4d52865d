import { createHmac } from "node:crypto";
import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../lib/clock.ts";
import { packageVersion } from "../lib/package-version.ts";
import type { Telemetry } from "../lib/telemetry.ts";
import { MailooError } from "../platform/errors.ts";
import { createHttpExchange, type HttpAnswer, type HttpExchange, parseRetryAfter } from "../platform/http.ts";
import { type WaitingLimits, type WaitingWebhook, WaitingWebhooks } from "./waiting-webhooks.ts";

export type WebhookDelivery = ReturnType<typeof createWebhookDelivery>;

interface WebhookDeliveryOptions {
  readonly url: string;
  /** Null: none. */
  readonly proxy: string | null;
  /** Each secret adds a signature. */
  readonly secrets: readonly Buffer[];
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, "webhookSettled">;
  /** @default 10,000 webhooks, 32 MiB */
  readonly limits?: WaitingLimits;
  /** @default a pool of its own */
  readonly exchange?: HttpExchange;
  readonly clock?: Clock;
  /** Uniform in [0, 1). @default Math.random */
  readonly random?: () => number;
}

const LIMITS: WaitingLimits = { maxCount: 10_000, maxBytes: 32 * 1024 * 1024 };
const MAX_IN_FLIGHT = 4;
/** Connecting, sending and reading the answer. */
const ATTEMPT_MS = 15_000;
const CONNECT_MS = 5_000;
/** The rest of an answer is not read. */
const ANSWER_MAX_BYTES = 4 * 1024;
/** Pause after the first failure; doubles with each further one. */
const FIRST_PAUSE_MS = 1_000;
/** Maximum pause between two attempts of one webhook. */
const PAUSE_MAX_MS = 5 * 60_000;
/** Maximum pause between two attempts while the receiver fails. */
const RECEIVER_PAUSE_MAX_MS = 60_000;
/** Older webhooks are dropped. */
const EXPIRES_MS = 24 * 60 * 60_000;
/** During a drain, the receiver counts as down after this number of consecutive failures. */
const DRAIN_FAILURES = 3;
/** Retried besides 5xx: request timeout, too early, too many requests. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
/** The maximum for the receiver's `Retry-After`. */
const RETRY_AFTER_MAX_MS = 60 * 60_000;
const LOG_DROPS_EVERY_MS = 60_000;
const USER_AGENT = `mailoo-chat-bff/${packageVersion()}`;

/**
 * Posts webhooks to the owner's receiver, at least once each and in no order, and retries failures. Callers never wait for
 * it. The queue is bounded, and the oldest webhooks are dropped when it is full. While the receiver fails, it gets one
 * attempt at a time, with growing pauses.
 */
export function createWebhookDelivery(options: WebhookDeliveryOptions) {
  const { log, telemetry, limits = LIMITS, clock = systemClock, random = Math.random } = options;
  const { origin, pathname, search } = new URL(options.url);
  const exchange =
    options.exchange ??
    createHttpExchange({
      origin,
      proxy: options.proxy,
      connections: MAX_IN_FLIGHT,
      connectTimeoutMs: CONNECT_MS,
    });
  const waiting = new WaitingWebhooks(limits);
  const closing = new AbortController();
  const drained = Promise.withResolvers<void>();
  let drainEndsAtMs = Number.NEGATIVE_INFINITY;
  let phase: "open" | "draining" | "off" = "open";
  let inFlight = 0;
  /** Consecutive failures of the receiver. */
  let failures = 0;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let drops = { unlogged: 0, loggedAtMs: Number.NEGATIVE_INFINITY };

  /** Starts due attempts while slots are free, and sets a timer for the next one. */
  function proceed(): void {
    clearTimeout(timer);
    const nowMs = clock.steadyMs();
    while (inFlight < slots() && nowMs >= pausedUntilMs) {
      const webhook = waiting.due(nowMs);
      if (webhook === null) break;
      if (nowMs - webhook.createdAtMs > EXPIRES_MS) {
        waiting.remove(webhook);
        telemetry.webhookSettled("expired");
      } else void attempt(webhook);
    }
    // The end of an attempt calls this again.
    if (inFlight > 0 && inFlight >= slots()) return;
    const wakeAtMs = nowMs < pausedUntilMs ? pausedUntilMs : waiting.nextDueAtMs();
    const isOver = slots() === 0 || wakeAtMs > drainEndsAtMs;
    if (phase === "draining" && inFlight === 0 && isOver) drained.resolve();
    else if (wakeAtMs !== Number.POSITIVE_INFINITY) timer = setTimeout(proceed, wakeAtMs - nowMs).unref();
  }

  function slots(): number {
    switch (phase) {
      case "open":
        return failures === 0 ? MAX_IN_FLIGHT : 1;
      case "draining":
        return failures < DRAIN_FAILURES ? MAX_IN_FLIGHT : 0;
      case "off":
        return 0;
      default:
        return assertNever(phase);
    }
  }

  async function attempt(webhook: WaitingWebhook): Promise<void> {
    inFlight += 1;
    webhook.attempts += 1;
    webhook.dueAtMs = Number.POSITIVE_INFINITY;
    const answer = await post(webhook).catch((error: MailooError) => error);
    inFlight -= 1;
    if (phase !== "off") settle(webhook, answer);
    proceed();
  }

  /** Rejects with a `MailooError` and nothing else. */
  function post({ id, body }: WaitingWebhook): Promise<HttpAnswer> {
    const timestamp = Math.floor(clock.epochMs() / 1000);
    return exchange.request({
      method: "POST",
      path: pathname + search,
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": toSignatures(options.secrets, `${id}.${timestamp}.${body}`),
      },
      body,
      deadlineMs: ATTEMPT_MS,
      maxBytes: ANSWER_MAX_BYTES,
      signal: closing.signal,
    });
  }

  /** Redirects are not followed, so they are refusals. */
  function settle(webhook: WaitingWebhook, answer: HttpAnswer | MailooError): void {
    if (answer instanceof MailooError) {
      retry(webhook, { cause: answer.cause instanceof Error ? answer.cause.message : "unknown" });
      return;
    }
    const { status, retryAfter } = answer;
    if (status === 410) {
      log.error("the webhook receiver answered 410 Gone: webhooks are off until the next start");
      switchOff();
      return;
    }
    if (status >= 500 || RETRIED_STATUSES.has(status)) {
      retry(webhook, { status }, parseRetryAfter(retryAfter, clock.epochMs(), RETRY_AFTER_MAX_MS) ?? 0);
      return;
    }
    const isDelivered = status >= 200 && status < 300;
    telemetry.webhookSettled(isDelivered ? "delivered" : "refused");
    if (!isDelivered) log.warn({ status }, "the webhook receiver refused a webhook: dropped");
    waiting.remove(webhook);
    receiverAnswered();
  }

  /** @param askedMs the receiver's `Retry-After` */
  function retry(webhook: WaitingWebhook, reason: object, askedMs = 0): void {
    telemetry.webhookSettled("retried");
    if (failures === 0) log.warn(reason, "the webhook receiver fails: webhooks are queued and retried");
    const nowMs = clock.steadyMs();
    webhook.dueAtMs = nowMs + Math.max(pauseMs(webhook.attempts, PAUSE_MAX_MS), askedMs);
    if (phase === "draining") {
      failures += 1;
      return;
    }
    // Attempts that ran at the same time fail together, and count once.
    if (nowMs >= pausedUntilMs) failures += 1;
    const untilMs = nowMs + Math.max(pauseMs(failures, RECEIVER_PAUSE_MAX_MS), askedMs);
    pausedUntilMs = Math.max(pausedUntilMs, untilMs);
  }

  /** Grows with the failures; jitter takes up to half of it. */
  function pauseMs(failures: number, maxMs: number): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), maxMs) * (1 - random() / 2);
  }

  function receiverAnswered(): void {
    if (failures > 0) log.info("the webhook receiver works again");
    failures = 0;
    pausedUntilMs = Number.NEGATIVE_INFINITY;
  }

  function switchOff(): void {
    phase = "off";
    clearTimeout(timer);
    const lost = waiting.clear();
    for (let count = 0; count < lost; count++) telemetry.webhookSettled("dropped");
    if (lost > 0) log.warn({ webhooks: lost }, "undelivered webhooks are lost");
    closing.abort();
    drained.resolve();
  }

  function logDrops(dropped: number, nowMs: number): void {
    for (let count = 0; count < dropped; count++) telemetry.webhookSettled("dropped");
    drops.unlogged += dropped;
    if (drops.unlogged === 0 || nowMs - drops.loggedAtMs < LOG_DROPS_EVERY_MS) return;
    log.warn({ webhooks: drops.unlogged }, "the webhook queue is full: the oldest are dropped");
    drops = { unlogged: 0, loggedAtMs: nowMs };
  }

  return {
    /** Never throws. */
    enqueue(id: string, body: string): void {
      if (phase === "off") return;
      const nowMs = clock.steadyMs();
      logDrops(waiting.add({ id, body, createdAtMs: nowMs, attempts: 0, dueAtMs: nowMs }), nowMs);
      proceed();
    },

    /** Webhooks that are not delivered yet. */
    get waiting(): number {
      return waiting.size;
    },

    /** Attempts all waiting webhooks now. Resolves when none is left, the receiver is down, or after `withinMs`. */
    async drain(withinMs: number): Promise<void> {
      if (phase !== "open") return;
      phase = "draining";
      failures = 0;
      pausedUntilMs = Number.NEGATIVE_INFINITY;
      const nowMs = clock.steadyMs();
      drainEndsAtMs = nowMs + withinMs;
      waiting.makeDue(nowMs);
      const limit = setTimeout(drained.resolve, withinMs);
      proceed();
      await drained.promise;
      clearTimeout(limit);
    },

    /** Drops undelivered webhooks. Idempotent. */
    async close(): Promise<void> {
      if (phase !== "off") switchOff();
      await exchange.close();
    },
  };
}

/** The format of Standard Webhooks: one signature per secret, so that secrets can be rotated. */
function toSignatures(secrets: readonly Buffer[], signed: string): string {
  return secrets
    .map((secret) => `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`)
    .join(" ");
}
