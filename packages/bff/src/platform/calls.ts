import { type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "../lib/clock.ts";
import { pause } from "../lib/notifier.ts";
import type { Telemetry, UpstreamOperation } from "../lib/telemetry.ts";
import type { AccessGuard } from "./access.ts";
import type { Release, UpstreamBudget } from "./budget.ts";
import type { CircuitBreaker, CircuitPass } from "./circuit-breaker.ts";
import type { UpstreamTimeouts } from "./client.ts";
import { MailooError, type MailooFailure } from "./errors.ts";
import type { Priority } from "./fair-queue.ts";
import type { HttpAnswer, HttpExchange } from "./http.ts";
import type { Reading } from "./parse/fields.ts";
import { readAnswer } from "./parse/read-answer.ts";
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
  /** The queue's lane: see `fair-queue.ts`. */
  readonly lane: string;
  readonly priority: Priority;
  readonly maxBytes: number;
  /** A GET that is not retried. @default false */
  readonly once?: boolean;
  /**
   * What a 403 proves about the origin: `proof` that it is refused, a `hint`, or `nothing` if the call needs a scope of the
   * key that the chat does not need.
   */
  readonly refusalIs: "proof" | "hint" | "nothing";
  /** Parses the JSON of a 2xx answer; undefined: the body was empty. */
  readonly parse: (body: unknown) => Reading<T>;
}

interface PlatformCallOptions {
  readonly exchange: HttpExchange;
  readonly apiKey: string;
  readonly circuit: CircuitBreaker;
  readonly guard: AccessGuard;
  readonly budgets: Readonly<Record<PlatformCall<unknown>["method"], UpstreamBudget>>;
  readonly timeouts: UpstreamTimeouts;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly secrets: SecretFilter;
  /** The platform may refuse this origin. A call whose refusal is proof should verify it. */
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
  const commonHeaders = {
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "mailoo-chat-bff",
    "x-api-key": options.apiKey,
  };
  const quota = createQuotaHold(clock.steadyMs);
  // By lane, because the platform may limit the key or a session (not documented), and one visitor must not stop all.
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
        await pause(delayMs, signal ? AbortSignal.any([closing.signal, signal]) : closing.signal);
        if (isOver(signal)) throw error;
      }
    }
  }

  async function attempt<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { operation, method, lane, priority } = call;
    const startedAtMs = clock.steadyMs();
    let pass: CircuitPass | null = null;
    let release: Release | null = null;
    let answered = false;
    let outcome: string = "ok";
    try {
      if (isOver(signal)) throw new MailooError({ kind: "unreachable" });
      pass = circuit.acquire();
      if (pass === null) throw circuitOpen();
      refuseForeseen(call);
      const maxWaitMs = maxWaitMsOf(call);
      release = await budgets[method].acquire({ lane, priority, maxWaitMs, signal });
      // The circuit may have opened while this call waited.
      if (!pass.isProbe && circuit.retryAfterMs() > 0) throw circuitOpen();
      const leftMs = Math.max(1, startedAtMs + maxWaitMs - clock.steadyMs());
      const answer = await exchange.request({
        method,
        path: call.path,
        headers: headersOf(call),
        body: call.body,
        deadlineMs,
        startWithinMs: method === "POST" ? leftMs : undefined,
        maxBytes: call.maxBytes,
        signal,
      });
      answered = true;
      const value = conclude(call, answer);
      pass.release("success");
      return value;
    } catch (error) {
      if (error instanceof MailooError) outcome = error.failure.kind;
      // A call that its caller aborted is no evidence about the platform.
      if (isOutage(error) && !isOver(signal)) pass?.release("failure", reasonOf(error));
      else pass?.release(answered ? "success" : "neutral");
      throw error;
    } finally {
      release?.();
      telemetry.upstreamCall({ operation, outcome, durationMs: clock.steadyMs() - startedAtMs });
    }
  }

  function circuitOpen(): MailooError {
    return new MailooError({ kind: "circuit-open", retryAfterMs: circuit.retryAfterMs() });
  }

  /** Throws the failure that is expected from the platform's last answers. */
  function refuseForeseen<T>({ operation, lane, origin, priority, refusalIs }: PlatformCall<T>): void {
    const hold = operation === "send" ? sendHolds.get(lane) : priority === "background" ? quota : undefined;
    const heldMs = hold?.remainingMs() ?? 0;
    if (heldMs > 0) throw new MailooError({ kind: "rate-limited", retryAfterMs: Math.ceil(heldMs) });
    const status = refusalIs === "nothing" ? null : guard.check(origin);
    if (status !== null) throw new MailooError({ kind: "unauthorised", status });
  }

  function maxWaitMsOf<T>({ method, priority }: PlatformCall<T>): number {
    if (method === "POST") return timeouts.startMs;
    return priority === "background" ? 2 * timeouts.queueMs : timeouts.queueMs;
  }

  function headersOf<T>({ origin, body }: PlatformCall<T>): Readonly<Record<string, string>> {
    return {
      ...commonHeaders,
      ...(origin !== null && { origin }),
      ...(body !== undefined && { "content-type": "application/json" }),
    };
  }

  /** Converts an answer to the call's result, and records its evidence about the key, the origin and the quota. */
  function conclude<T>(call: PlatformCall<T>, answer: HttpAnswer): T {
    const { operation, sessionPublicId, parse } = call;
    const { status, truncated } = answer;
    const read = readAnswer(answer, { namesSession: sessionPublicId !== null, parse }, clock.epochMs());

    if ("failure" in read) {
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
    if (read.ok) return read.value;
    const keysSeen = read.keysSeen.map(secrets.text);
    logger.warn({ operation, status, keysSeen, truncated }, "cannot parse the platform's answer");
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
}

/** For the log: the kind of failure, and its status or the system's error code. No text of the platform. */
function reasonOf({ failure, cause }: MailooError): string {
  if ("status" in failure) return `${failure.kind} ${failure.status}`;
  return cause instanceof Error ? `${failure.kind} ${cause.message}` : failure.kind;
}

/** The platform as a whole fails; a retry may succeed. */
function isOutage(error: unknown): error is MailooError {
  return error instanceof MailooError && OUTAGES.has(error.failure.kind);
}

const OUTAGES: ReadonlySet<MailooFailure["kind"]> = new Set(["unreachable", "no-answer", "server-error"]);

/** After a 429 without `Retry-After`. */
const QUOTA_HOLD_MS = 1_000;
/** The maximum for `Retry-After`. */
const QUOTA_HOLD_MAX_MS = 30_000;

type QuotaHold = ReturnType<typeof createQuotaHold>;

/**
 * Remembers that the platform answered 429. Its limits are not published, and one key serves all visitors: until its
 * `Retry-After` has passed, background calls wait, so that the quota is left to visitors who send or wait.
 *
 * @param steadyMs milliseconds from an arbitrary start; never jumps
 */
export function createQuotaHold(steadyMs: () => number) {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    /** The platform answered 429. Null: without `Retry-After`. */
    rateLimited(retryAfterMs: number | null): void {
      const holdMs = Math.min(QUOTA_HOLD_MAX_MS, retryAfterMs ?? QUOTA_HOLD_MS);
      untilMs = Math.max(untilMs, steadyMs() + holdMs);
    },
    /** How much longer to wait; 0: not at all. */
    remainingMs: (): number => Math.max(0, untilMs - steadyMs()),
  };
}
