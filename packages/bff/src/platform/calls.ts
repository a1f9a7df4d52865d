import { setTimeout as delay } from "node:timers/promises";
import { type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";
import type { Telemetry, UpstreamOperation } from "../lib/telemetry.ts";
import type { AccessGuard } from "./access.ts";
import { BudgetRefusal, type Release, type UpstreamBudget } from "./budget.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { MailooError, type MailooFailure } from "./errors.ts";
import type { Priority } from "./fair-queue.ts";
import type { HttpAnswer, HttpExchange } from "./http.ts";
import { createQuotaHold, type QuotaHold } from "./quota-hold.ts";
import { type AnswerReader, readAnswer } from "./read-answer.ts";
import type { SecretFilter } from "./secret-filter.ts";

export interface PlatformCall<T> {
  readonly operation: UpstreamOperation;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  /** Sent as `Origin`; null: none. */
  readonly origin: string | null;
  /** The session that the call is about, or null. */
  readonly sessionPublicId: string | null;
  /** Calls of one lane share its turns. */
  readonly lane: string;
  readonly priority: Priority;
  readonly maxBytes: number;
  /** A GET that is not retried. @default false */
  readonly once?: boolean;
  /**
   * What a 403 says about the origin: `proof` that it is refused, a `hint`, or `nothing`, if the call needs another scope of
   * the key than the chat does.
   */
  readonly refusalIs: "proof" | "hint" | "nothing";
  readonly parse: AnswerReader<T>["parse"];
}

interface PlatformCallOptions {
  readonly exchange: HttpExchange;
  readonly apiKey: string;
  readonly circuit: CircuitBreaker;
  readonly guard: AccessGuard;
  readonly budgets: Readonly<Record<PlatformCall<unknown>["method"], UpstreamBudget>>;
  /** See `UpstreamTimeouts`. */
  readonly timeouts: {
    readonly callMs: number;
    readonly attemptMs: number;
    readonly startMs: number;
    readonly queueMs: number;
  };
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly secrets: SecretFilter;
  /** The platform may refuse this origin: a call whose refusal is proof would tell. */
  readonly onSuspect: (origin: string | null) => void;
}

const GET_ATTEMPTS = 3;
const GET_RETRY_SCHEDULE: RetrySchedule = { baseMs: 200, maxMs: 2_000 };
/** With less time left, a GET is not retried. */
const MIN_ATTEMPT_MS = 250;
const MAX_SEND_HOLDS = 10_000;

/**
 * Calls to the platform, each from the wait for its turn to the parsed answer. A POST is tried once. A GET is retried after
 * an outage as long as its time allows, at most `GET_ATTEMPTS` times in all.
 */
export function createPlatformCalls(options: PlatformCallOptions) {
  const { exchange, circuit, guard, budgets, timeouts, logger, telemetry, clock, secrets } = options;
  const quota = createQuotaHold(clock.steadyMs);
  // By lane, since it is not published whether the platform limits its key or a session: one visitor must not stop all.
  const sendHolds = new LRUCache<string, QuotaHold>({ max: MAX_SEND_HOLDS });
  const closing = new AbortController();
  let everReached = false;

  return {
    /** Rejects with a `MailooError` and nothing else. */
    run<T>(call: PlatformCall<T>, signal?: AbortSignal): Promise<T> {
      return call.method === "POST" ? attempt(call, timeouts.callMs, signal) : repeat(call, signal);
    },
    /** True once the platform has answered any call, other than with 401. */
    get everReached(): boolean {
      return everReached;
    },
    /** Stops retrying and refuses new calls. Requests in flight end with the exchange. */
    close: (): void => closing.abort(),
  };

  async function repeat<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<T> {
    const endMs = clock.steadyMs() + timeouts.callMs;
    for (let count = 1; ; count += 1) {
      try {
        return await attempt(call, Math.min(timeouts.attemptMs, endMs - clock.steadyMs()), signal);
      } catch (error) {
        if (!isOutage(error) || call.once === true || count === GET_ATTEMPTS) throw error;
        const { failure } = error;
        const atLeastMs = failure.kind === "server-error" ? (failure.retryAfterMs ?? 0) : 0;
        const delayMs = retryDelayMs(GET_RETRY_SCHEDULE, count, options.random(), atLeastMs);
        if (clock.steadyMs() + delayMs + MIN_ATTEMPT_MS > endMs) throw error;
        await pause(delayMs, signal);
        if (isOver(signal)) throw error;
      }
    }
  }

  async function attempt<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { operation } = call;
    const startedAtMs = clock.steadyMs();
    let outcome: string = "ok";
    try {
      return await underCircuit(call, deadlineMs, signal);
    } catch (error) {
      if (error instanceof MailooError) outcome = error.failure.kind;
      throw error;
    } finally {
      telemetry.upstreamCall({ operation, outcome, durationMs: clock.steadyMs() - startedAtMs });
    }
  }

  async function underCircuit<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (isOver(signal)) throw new MailooError({ kind: "unreachable" });
    const pass = circuit.acquire();
    if (pass === null) throw circuitOpen();
    let answered = false;
    try {
      refuseForeseen(call);
      const answer = await request(call, { deadlineMs, signal, isProbe: pass.isProbe });
      answered = true;
      const value = conclude(call, answer);
      pass.release("success");
      return value;
    } catch (error) {
      // A call that its caller gave up says nothing about the platform.
      if (isOutage(error) && !isOver(signal)) pass.release("failure", reasonOf(error));
      else pass.release(answered ? "success" : "neutral");
      throw error;
    }
  }

  function circuitOpen(): MailooError {
    return new MailooError({ kind: "circuit-open", retryAfterMs: circuit.retryAfterMs() });
  }

  /** Throws what the platform would answer, judging by its last answers. */
  function refuseForeseen<T>({ operation, lane, origin, priority, refusalIs }: PlatformCall<T>): void {
    const hold = operation === "send" ? sendHolds.get(lane) : priority === "background" ? quota : undefined;
    const heldMs = hold?.remainingMs() ?? 0;
    if (heldMs > 0) throw new MailooError({ kind: "rate-limited", retryAfterMs: Math.ceil(heldMs) });
    const status = refusalIs === "nothing" ? null : guard.check(origin);
    if (status !== null) throw new MailooError({ kind: "unauthorised", status });
  }

  async function request<T>(
    call: PlatformCall<T>,
    context: { deadlineMs: number; signal: AbortSignal | undefined; isProbe: boolean },
  ): Promise<HttpAnswer> {
    const { method, path, origin, body, maxBytes } = call;
    const { deadlineMs, signal, isProbe } = context;
    const startByMs = clock.steadyMs() + timeouts.startMs;
    const release = budgets[method].tryAcquire() ?? (await takeTurn(call, signal));
    try {
      // The circuit may have opened while this call waited.
      if (!isProbe && circuit.retryAfterMs() > 0) throw circuitOpen();
      return await exchange.request({
        method,
        path,
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "user-agent": "mailoo-chat-bff",
          "x-api-key": options.apiKey,
          ...(origin !== null && { origin }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body,
        deadlineMs,
        startWithinMs: method === "POST" ? Math.max(1, startByMs - clock.steadyMs()) : undefined,
        maxBytes,
        signal,
      });
    } finally {
      release();
    }
  }

  async function takeTurn<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<Release> {
    const { operation, method, lane, priority } = call;
    const queueMs = priority === "background" ? 2 * timeouts.queueMs : timeouts.queueMs;
    const maxWaitMs = method === "POST" ? timeouts.startMs : queueMs;
    try {
      return await budgets[method].acquire({ lane, priority, maxWaitMs, signal });
    } catch (error) {
      if (!(error instanceof BudgetRefusal)) throw error;
      const { reason, retryAfterMs } = error;
      if (reason === "aborted" || reason === "closed") throw new MailooError({ kind: "unreachable" });
      telemetry.limitHit(operation === "send" ? "upstream-sends" : "upstream-reads");
      throw new MailooError({ kind: "over-budget", retryAfterMs });
    }
  }

  /** What an answer means for the call; records what it says about the key, the origin and the quota. */
  function conclude<T>(call: PlatformCall<T>, answer: HttpAnswer): T {
    const { operation, sessionPublicId, parse } = call;
    const { status, truncated } = answer;
    const read = readAnswer(answer, { namesSession: sessionPublicId !== null, parse }, clock.epochMs());

    if (read.kind === "refused") {
      const { failure, isJson } = read;
      const platformCode = read.platformCode === null ? null : secrets.text(read.platformCode);
      logger.debug({ operation, status, platformCode, kind: failure.kind }, "refused by the platform");
      if (failure.kind === "rate-limited") noteRateLimit(call, failure.retryAfterMs);
      if (failure.kind === "unauthorised") noteAccess(call, failure.status, platformCode);
      // A platform that refuses the origin has accepted the key.
      if (failure.kind === "unauthorised" ? failure.status === 403 : status < 500 && isJson)
        everReached = true;
      throw new MailooError(failure, { platformCode });
    }
    everReached = true;
    noteAccess(call, "accepted", null);
    if (read.kind === "understood") return read.value;
    const keysSeen = read.keysSeen.map(secrets.text);
    logger.warn({ operation, status, keysSeen, truncated }, "the platform's answer is not understood");
    throw new MailooError({ kind: "malformed", keysSeen });
  }

  function noteRateLimit<T>({ operation, lane }: PlatformCall<T>, retryAfterMs: number | null): void {
    quota.rateLimited(retryAfterMs);
    if (operation !== "send") return;
    const hold = sendHolds.get(lane) ?? createQuotaHold(clock.steadyMs);
    hold.rateLimited(retryAfterMs);
    sendHolds.set(lane, hold);
  }

  function noteAccess<T>(
    { origin, refusalIs }: PlatformCall<T>,
    answer: "accepted" | 401 | 403,
    platformCode: string | null,
  ): void {
    if (refusalIs === "nothing") return;
    const isProof = refusalIs === "proof";
    if (guard.answered(origin, answer, { isProof, platformCode })) options.onSuspect(origin);
  }

  function isOver(signal: AbortSignal | undefined): boolean {
    return closing.signal.aborted || signal?.aborted === true;
  }

  /** Ends early, without an error, when the signal aborts or the calls are closed. */
  async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const either = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])]);
    await delay(ms, undefined, { signal: either }).catch(() => {});
  }
}

/** For the log: the kind of failure, and its status or the system's error code. Nothing that the platform wrote. */
function reasonOf({ failure, cause }: MailooError): string {
  if ("status" in failure) return `${failure.kind} ${failure.status}`;
  return cause instanceof Error ? `${failure.kind} ${cause.message}` : failure.kind;
}

/** The platform as a whole fails; a retry may succeed. */
function isOutage(error: unknown): error is MailooError {
  return error instanceof MailooError && OUTAGES.has(error.failure.kind);
}

const OUTAGES: ReadonlySet<MailooFailure["kind"]> = new Set(["unreachable", "no-answer", "server-error"]);
