import { type RetrySchedule, retryDelayMs } from "@mailoo-chat/protocol";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Telemetry, UpstreamOperation } from "../telemetry.ts";
import {
  type Admission,
  admit,
  type CallOutcome,
  type CircuitState,
  CLOSED_CIRCUIT,
  peek,
  settle,
} from "../upstream/circuit-breaker.ts";
import type { Priority } from "../upstream/fair-queue.ts";
import { BudgetRefusal, type UpstreamBudget } from "../upstream/upstream-budget.ts";
import type { AccessGuard } from "./access-guard.ts";
import type { HttpAnswer, HttpExchange } from "./http-exchange.ts";
import { MailooError, type MailooFailure } from "./mailoo-error.ts";
import { parseError } from "./parse/parse-error.ts";
import { parseRetryAfter } from "./parse/parse-retry-after.ts";
import type { Reading } from "./parse/reading.ts";

/**
 * One call to the platform, from the wait for its turn to the meaning of its answer. A POST is tried once. A GET is tried
 * again on passing trouble, as often as its time allows, but never more than `GET_ATTEMPTS`.
 */
export interface PlatformCalls {
  /** Rejects with a `MailooError` and nothing else. */
  run<T>(call: PlatformCall<T>, signal?: AbortSignal): Promise<T>;
  /** Throws `circuit-open` while the circuit lets nothing through; takes no probe. */
  requireCircuit(): void;
  readonly circuit: CircuitState["name"];
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
  readonly budget: UpstreamBudget;
  /** Waits its turn with the others of this lane. */
  readonly lane: string;
  readonly priority: Priority;
  readonly maxBytes: number;
  /** False for calls that the key's usual scope does not cover, whose refusal says nothing of the others. */
  readonly guarded: boolean;
  /** Makes sense of a 2xx answer's JSON; undefined stands for an empty body. */
  readonly parse: (body: unknown) => Reading<T>;
}

export interface CallTimeouts {
  /** One try, from connecting to the last byte; for a GET with all its retries. */
  readonly callMs: number;
  /** One try of a GET, so that one that hangs leaves time for another. */
  readonly attemptMs: number;
  /** Longest wait in the queue of the budget; twice that for background calls. */
  readonly queueMs: number;
}

export interface PlatformCallOptions {
  readonly exchange: HttpExchange;
  readonly apiKey: string;
  readonly guard: AccessGuard;
  readonly timeouts: CallTimeouts;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  /** Takes secrets out of a text for the log. */
  readonly redact: (text: string) => string;
}

const GET_ATTEMPTS = 3;
const GET_RETRY_SCHEDULE: RetrySchedule = { baseMs: 200, maxMs: 2_000 };

export function createPlatformCalls(options: PlatformCallOptions): PlatformCalls {
  const { exchange, apiKey, guard, timeouts, logger, telemetry, clock, random, redact } = options;
  const pauses = new Set<() => void>();
  let closed = false;
  let circuit: CircuitState = CLOSED_CIRCUIT;
  let everReached = false;

  return {
    run: (call, signal) =>
      call.method === "GET" ? runWithRetries(call, signal) : runOnce(call, timeouts.callMs, signal),
    requireCircuit() {
      requirePass(peek(circuit, clock.steadyMs()));
    },
    get circuit() {
      return circuit.name;
    },
    get everReached() {
      return everReached;
    },
    close() {
      closed = true;
      for (const end of [...pauses]) end();
    },
  };

  async function runWithRetries<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<T> {
    const lastMs = clock.steadyMs() + timeouts.callMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(call, Math.min(timeouts.attemptMs, lastMs - clock.steadyMs()), signal);
      } catch (error) {
        if (!(error instanceof MailooError) || !isOutage(error.failure)) throw error;
        if (attempt === GET_ATTEMPTS || isOver(signal)) throw error;
        const askedToWaitMs = error instanceof ServerError ? (error.retryAfterMs ?? 0) : 0;
        const delayMs = retryDelayMs(GET_RETRY_SCHEDULE, attempt, random(), askedToWaitMs);
        // What is left has to be worth a try.
        if (clock.steadyMs() + delayMs + MIN_ATTEMPT_MS > lastMs) throw error;
        await pause(delayMs, signal);
        if (isOver(signal)) throw error;
      }
    }
  }

  async function runOnce<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const startedAtMs = clock.steadyMs();
    let outcome = "ok";
    try {
      return await runAdmitted(call, deadlineMs, signal);
    } catch (error) {
      const failure = error instanceof MailooError ? error.failure : null;
      outcome = failure?.kind ?? "internal";
      throw error;
    } finally {
      telemetry.upstreamCall({
        operation: call.operation,
        outcome,
        durationMs: clock.steadyMs() - startedAtMs,
      });
    }
  }

  async function runAdmitted<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (isOver(signal)) throw new MailooError({ kind: "unreachable" });
    const probe = enterCircuit();

    let outcome: CallOutcome = "neutral";
    try {
      const refusedStatus = call.guarded ? guard.check(call) : null;
      if (refusedStatus !== null) throw new MailooError({ kind: "unauthorised", status: refusedStatus });
      const release = await takeTurn(call, signal);
      try {
        // It may have opened while this call waited.
        if (probe === null) requirePass(peek(circuit, clock.steadyMs()));
        const answer = await askPlatform(call, deadlineMs, signal);
        outcome = answer.status >= 500 ? "failure" : "success";
        return understand(call, answer);
      } finally {
        release();
      }
    } catch (error) {
      if (error instanceof MailooError && isOutage(error.failure) && !isOver(signal)) outcome = "failure";
      throw error;
    } finally {
      leaveCircuit(probe, outcome);
    }
  }

  function enterCircuit(): number | null {
    const [next, admission] = admit(circuit, clock.steadyMs());
    changeCircuit(next);
    return requirePass(admission);
  }

  function leaveCircuit(probe: number | null, outcome: CallOutcome): void {
    changeCircuit(settle(circuit, { probe, outcome }, clock.steadyMs()));
  }

  function changeCircuit(next: CircuitState): void {
    const before = circuit.name;
    circuit = next;
    if (before === "closed" && next.name === "open") {
      logger.error(
        { circuit: next.name },
        "the platform fails again and again: calls fail fast until a probe succeeds",
      );
    }
    if (before !== "closed" && next.name === "closed")
      logger.info({ circuit: next.name }, "the platform is back");
  }

  async function takeTurn<T>(call: PlatformCall<T>, signal: AbortSignal | undefined): Promise<() => void> {
    const { budget, lane, priority } = call;
    try {
      const maxWaitMs = priority === "background" ? 2 * timeouts.queueMs : timeouts.queueMs;
      return await budget.acquire({ lane, priority, maxWaitMs, signal });
    } catch (error) {
      if (!(error instanceof BudgetRefusal)) throw error;
      if (error.reason === "aborted" || error.reason === "closed")
        throw new MailooError({ kind: "unreachable" });
      telemetry.limitHit(call.operation === "send" ? "upstream-sends" : "upstream-reads");
      throw new MailooError({ kind: "over-budget", retryAfterMs: error.retryAfterMs });
    }
  }

  function askPlatform<T>(
    call: PlatformCall<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const headers: Record<string, string> = {
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "mailoo-chat-bff",
      "x-api-key": apiKey,
    };
    if (call.origin !== null) headers.origin = call.origin;
    if (call.body !== undefined) headers["content-type"] = "application/json";
    return exchange.request({
      method: call.method,
      path: call.path,
      headers,
      ...(call.body === undefined ? {} : { body: call.body }),
      deadlineMs,
      maxBytes: call.maxBytes,
      signal,
    });
  }

  function understand<T>(call: PlatformCall<T>, answer: HttpAnswer): T {
    const body = parseJson(answer.text);
    if (answer.status < 200 || answer.status >= 300) throw refuse(call, answer, body);
    everReached = true;
    noteAccess(call, "accepted", null);

    const isEmpty = answer.text.trim() === "" && !answer.truncated;
    const reading =
      body === undefined && !isEmpty ? ({ ok: false, keysSeen: [] } as const) : call.parse(body);
    if (reading.ok) return reading.value;
    logger.warn(
      {
        operation: call.operation,
        status: answer.status,
        truncated: answer.truncated,
        keysSeen: reading.keysSeen,
      },
      "the platform's answer makes no sense",
    );
    throw new MailooError({ kind: "malformed", keysSeen: reading.keysSeen });
  }

  function refuse<T>(call: PlatformCall<T>, answer: HttpAnswer, body: unknown): MailooError {
    const { status } = answer;
    const retryAfter = answer.header("retry-after");
    const namesSession = call.sessionPublicId !== null;
    const { failure, platformCode } = parseError({ status, retryAfter, body, namesSession }, clock.epochMs());
    const code = platformCode === null ? null : redact(platformCode);
    logger.debug(
      { operation: call.operation, status, platformCode: code, kind: failure.kind },
      "refused by the platform",
    );

    if (failure.kind === "unauthorised") noteAccess(call, failure.status, code);
    // JSON tells that this is the platform and not some other server's page.
    else if (status < 500 && body !== undefined) everReached = true;
    return failure.kind === "server-error"
      ? new ServerError(failure, parseRetryAfter(retryAfter, clock.epochMs()))
      : new MailooError(failure);
  }

  function noteAccess<T>(
    call: PlatformCall<T>,
    answer: "accepted" | 401 | 403,
    platformCode: string | null,
  ): void {
    if (!call.guarded) return;
    const news = guard.answered(call, answer);
    if (news === "key-refused") {
      logger.error(
        { status: answer, platformCode, origin: call.origin },
        "the platform refuses our key: make sure that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope chat.send-message, " +
          "and that the integration's allowedOrigins list the site's origins; until then one call in 30 s tries again",
      );
    }
    if (news === "key-accepted") logger.info("the platform accepts our key again");
    if (news === "origin-refused") {
      logger.warn(
        { platformCode, origin: call.origin },
        "the platform refuses this origin: add it to the integration's allowedOrigins, or take it out of MAILOO_CHAT_ALLOWED_ORIGINS",
      );
    }
  }

  function isOver(signal: AbortSignal | undefined): boolean {
    return closed || signal?.aborted === true;
  }

  /** Ends early, without an error, when the signal aborts. */
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

/** With what only the retry needs to know: when the platform wants to be asked again. */
class ServerError extends MailooError {
  readonly retryAfterMs: number | null;

  constructor(failure: MailooFailure & { kind: "server-error" }, retryAfterMs: number | null) {
    super(failure);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Less time than this is not worth another try. */
const MIN_ATTEMPT_MS = 250;

function requirePass(admission: Admission): number | null {
  if (admission.kind === "pass") return admission.probe;
  throw new MailooError({ kind: "circuit-open", retryAfterMs: admission.retryAfterMs });
}

/** Trouble of the platform as a whole, which another try may not meet. */
function isOutage({ kind }: MailooFailure): boolean {
  return kind === "unreachable" || kind === "no-answer" || kind === "server-error";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
