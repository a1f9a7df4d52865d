import { type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";
import type { Telemetry, UpstreamOperation } from "../lib/telemetry.ts";
import { type AccessGuard, reportAccess } from "./access.ts";
import { BudgetRefusal, type Release, type UpstreamBudget } from "./budget.ts";
import type { CircuitBreaker, CircuitPass } from "./circuit-breaker.ts";
import { MailooError, type MailooFailure } from "./errors.ts";
import type { Priority } from "./fair-queue.ts";
import type { HttpAnswer, HttpExchange } from "./http.ts";
import { createQuotaHold, type QuotaHold } from "./quota-hold.ts";
import { type AnswerRead, type AnswerReader, readAnswer } from "./read-answer.ts";
import type { SecretFilter } from "./secret-filter.ts";

/**
 * One call to the platform, from the wait for its turn to the meaning of its answer. A POST is tried once. A GET is tried
 * again on passing trouble, as often as its time allows, but never more than `GET_ATTEMPTS`.
 */
export interface PlatformCalls {
  /** Rejects with a `MailooError` and nothing else. */
  run<T>(call: PlatformCall<T>, signal?: AbortSignal): Promise<T>;
  /** True once the platform has answered any call, other than by a 401. */
  readonly everReached: boolean;
  /** Ends all retries and refuses new calls. Open requests end with the exchange. */
  close(): void;
}

export interface PlatformCall<T> {
  readonly operation: UpstreamOperation;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  /** Sent as `Origin`; null: none. */
  readonly origin: string | null;
  /** The session that the call is about, or null. */
  readonly sessionPublicId: string | null;
  /** Waits its turn with the others of this lane. */
  readonly lane: string;
  readonly priority: Priority;
  readonly maxBytes: number;
  /** A GET that is not tried again. @default false */
  readonly once?: boolean;
  /**
   * What a 403 says: `proof` that the origin is refused, a `hint` of it, or `nothing`, where the key needs another scope
   * than for the chat.
   */
  readonly refusalIs: "proof" | "hint" | "nothing";
  readonly parse: AnswerReader<T>["parse"];
}

export interface CallTimeouts {
  /** One try, from connecting to the last byte; for a GET with all its retries. */
  readonly callMs: number;
  /** One try of a GET, so that one that hangs leaves time for another. */
  readonly attemptMs: number;
  /** A POST leaves within this time of its call or never. */
  readonly startMs: number;
  /** Longest wait of a GET in the queue of the budget; twice that for background calls. */
  readonly queueMs: number;
}

export interface PlatformCallOptions {
  readonly exchange: HttpExchange;
  readonly apiKey: string;
  readonly circuit: CircuitBreaker;
  readonly guard: AccessGuard;
  readonly budgets: Readonly<Record<PlatformCall<unknown>["method"], UpstreamBudget>>;
  readonly timeouts: CallTimeouts;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly secrets: SecretFilter;
  /** An origin may be refused: a call whose refusal is proof would tell. */
  readonly onSuspect: (origin: string | null) => void;
}

const GET_ATTEMPTS = 3;
const MAX_SEND_HOLDS = 10_000;
const GET_RETRY_SCHEDULE: RetrySchedule = { baseMs: 200, maxMs: 2_000 };
/** Less time than this is not worth another try. */
const MIN_ATTEMPT_MS = 250;

export function createPlatformCalls(options: PlatformCallOptions): PlatformCalls {
  const {
    exchange,
    apiKey,
    circuit,
    guard,
    budgets,
    timeouts,
    logger,
    telemetry,
    clock,
    random,
    secrets,
    onSuspect,
  } = options;
  const quota = createQuotaHold(clock.steadyMs);
  // By lane: whether the platform limits its key or a session is not published, and one visitor must not hold up all.
  const sendHolds = new LRUCache<string, QuotaHold>({ max: MAX_SEND_HOLDS });
  const pauses = new Set<() => void>();
  let closed = false;
  let everReached = false;

  return {
    async run(call, signal) {
      const result =
        call.method === "GET" ? await tryAgain(call, signal) : await tryOnce(call, timeouts.callMs, signal);
      if (result.ok) return result.value;
      throw result.error;
    },
    get everReached() {
      return everReached;
    },
    close() {
      closed = true;
      for (const end of [...pauses]) end();
    },
  };

  async function tryAgain<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<Attempt<T>> {
    const lastMs = clock.steadyMs() + timeouts.callMs;
    for (let attempt = 1; ; attempt += 1) {
      const deadlineMs = Math.min(timeouts.attemptMs, lastMs - clock.steadyMs());
      const result = await tryOnce(call, deadlineMs, signal);
      if (result.ok || !isOutage(result.error.failure)) return result;
      if (call.once === true || attempt === GET_ATTEMPTS || isOver(signal)) return result;
      const delayMs = retryDelayMs(GET_RETRY_SCHEDULE, attempt, random(), result.retryAfterMs ?? 0);
      if (clock.steadyMs() + delayMs + MIN_ATTEMPT_MS > lastMs) return result;
      await pause(delayMs, signal);
      if (isOver(signal)) return result;
    }
  }

  async function tryOnce<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    const startedAtMs = clock.steadyMs();
    const result = await attempt(call, deadlineMs, signal);
    const outcome = result.ok ? "ok" : result.error.failure.kind;
    telemetry.upstreamCall({
      operation: call.operation,
      outcome,
      durationMs: clock.steadyMs() - startedAtMs,
    });
    return result;
  }

  async function attempt<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<T>> {
    if (isOver(signal)) return failed({ kind: "unreachable" });
    const pass = circuit.acquire();
    if (pass === null) return failed(circuitOpen());

    let outcome: Parameters<CircuitPass["release"]>[0] = "neutral";
    let reason: string | undefined;
    try {
      const refusal = foreseenRefusal(call);
      if (refusal !== null) return failed(refusal);
      const answer = await ask(call, { deadlineMs, signal, isProbe: pass.isProbe });
      const result = conclude(call, answer);
      outcome = !result.ok && isOutage(result.error.failure) ? "failure" : "success";
      if (!result.ok) reason = reasonOf(result.error);
      return result;
    } catch (error) {
      if (!(error instanceof MailooError)) throw error;
      // A call that its caller gave up says nothing of the platform.
      if (isOutage(error.failure) && !isOver(signal)) outcome = "failure";
      reason = reasonOf(error);
      return { ok: false, error, retryAfterMs: null };
    } finally {
      pass.release(outcome, reason);
    }
  }

  function circuitOpen(): MailooFailure {
    return { kind: "circuit-open", retryAfterMs: circuit.retryAfterMs() };
  }

  /** What the platform would say, going by what it has just said. */
  function foreseenRefusal<T>(call: PlatformCall<T>): MailooFailure | null {
    const { operation, lane, origin, priority, refusalIs } = call;
    const hold = operation === "send" ? sendHolds.get(lane) : priority === "background" ? quota : undefined;
    const heldMs = hold?.remainingMs() ?? 0;
    if (heldMs > 0) return { kind: "rate-limited", retryAfterMs: Math.ceil(heldMs) };
    const status = refusalIs === "nothing" ? null : guard.check(origin);
    return status === null ? null : { kind: "unauthorised", status };
  }

  async function ask<T>(
    call: PlatformCall<T>,
    {
      deadlineMs,
      signal,
      isProbe,
    }: { deadlineMs: number; signal: AbortSignal | undefined; isProbe: boolean },
  ): Promise<HttpAnswer> {
    const { method, path, body, maxBytes } = call;
    const startByMs = clock.steadyMs() + timeouts.startMs;
    const release = budgets[method].tryAcquire() ?? (await takeTurn(call, signal));
    try {
      // The circuit may have opened while this call waited.
      if (!isProbe && circuit.retryAfterMs() > 0) throw new MailooError(circuitOpen());
      const startWithinMs = method === "POST" ? Math.max(1, startByMs - clock.steadyMs()) : undefined;
      return await exchange.request({
        method,
        path,
        headers: headersOf(call),
        body,
        deadlineMs,
        startWithinMs,
        maxBytes,
        signal,
      });
    } finally {
      release();
    }
  }

  async function takeTurn<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<Release> {
    const { operation, method, lane, priority } = call;
    const patienceMs = priority === "background" ? 2 * timeouts.queueMs : timeouts.queueMs;
    const maxWaitMs = method === "POST" ? timeouts.startMs : patienceMs;
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

  function headersOf<T>({ origin, body }: PlatformCall<T>): Record<string, string> {
    return {
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "mailoo-chat-bff",
      "x-api-key": apiKey,
      ...(origin !== null && { origin }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
  }

  /** Draws from an answer what it says of the call, of the key, and of the platform. */
  function conclude<T>(call: PlatformCall<T>, answer: HttpAnswer): Attempt<T> {
    const { operation, parse } = call;
    const { status } = answer;
    const read: AnswerRead<T> = readAnswer(
      answer,
      { namesSession: call.sessionPublicId !== null, parse },
      clock.epochMs(),
    );

    if (read.kind === "refused") {
      const { failure, retryAfterMs, isJson } = read;
      const platformCode = read.platformCode === null ? null : secrets.text(read.platformCode);
      logger.debug({ operation, status, platformCode, kind: failure.kind }, "refused by the platform");
      if (failure.kind === "rate-limited") noteRateLimit(call, failure.retryAfterMs);
      if (failure.kind === "unauthorised") noteAccess(call, failure.status, platformCode);
      // A platform that refuses the origin has accepted the key.
      if (failure.kind === "unauthorised" ? failure.status === 403 : status < 500 && isJson)
        everReached = true;
      return failed(failure, retryAfterMs, platformCode);
    }
    everReached = true;
    noteAccess(call, "accepted", null);
    if (read.kind === "understood") return { ok: true, value: read.value };
    const keysSeen = read.keysSeen.map(secrets.text);
    logger.warn(
      { operation, status, keysSeen, truncated: answer.truncated },
      "the platform's answer makes no sense",
    );
    return failed({ kind: "malformed", keysSeen });
  }

  function noteRateLimit<T>({ operation, lane }: PlatformCall<T>, retryAfterMs: number | null): void {
    quota.rateLimited(retryAfterMs);
    if (operation !== "send") return;
    const hold = sendHolds.get(lane) ?? createQuotaHold(clock.steadyMs);
    hold.rateLimited(retryAfterMs);
    sendHolds.set(lane, hold);
  }

  function noteAccess<T>(
    call: PlatformCall<T>,
    answer: "accepted" | 401 | 403,
    platformCode: string | null,
  ): void {
    const { origin, refusalIs } = call;
    if (refusalIs === "nothing") return;
    const { news, suspect } = guard.answered(origin, answer, refusalIs === "proof");
    if (news !== null) reportAccess(logger, news, { origin, status: answer, platformCode });
    if (suspect) onSuspect(origin);
  }

  function isOver(signal: AbortSignal | undefined): boolean {
    return closed || signal?.aborted === true;
  }

  /** Ends early, without an error, when the signal aborts or the calls are closed. */
  function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        pauses.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      pauses.add(end);
      signal?.addEventListener("abort", end, { once: true });
    });
  }
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: MailooError; readonly retryAfterMs: number | null };

function failed(
  failure: MailooFailure,
  retryAfterMs: number | null = null,
  platformCode: string | null = null,
): Attempt<never> {
  return { ok: false, error: new MailooError(failure, { platformCode }), retryAfterMs };
}

/** For the log: the kind of failure, and the status or the system's code behind it. Nothing that the platform has written. */
function reasonOf({ failure, cause }: MailooError): string {
  if ("status" in failure) return `${failure.kind} ${failure.status}`;
  return cause instanceof Error ? `${failure.kind} ${cause.message}` : failure.kind;
}

/** Trouble of the platform as a whole, which another try may not meet. */
function isOutage({ kind }: MailooFailure): boolean {
  return kind === "unreachable" || kind === "no-answer" || kind === "server-error";
}
