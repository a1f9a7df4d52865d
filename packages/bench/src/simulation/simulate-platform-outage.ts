import { retryDelayMs, UPSTREAM_SCHEDULE } from "@mailoo-chat/protocol";
import { fullBucket, refill, type TokenBucket, untilTokens } from "../../../bff/src/platform/budget.ts";
import {
  type CircuitBreaker,
  type CircuitPass,
  createCircuitBreaker,
} from "../../../bff/src/platform/circuit-breaker.ts";
import { type ArrivalCurve, createArrivalCurve } from "./arrival-curve.ts";
import { createEventHeap } from "./event-heap.ts";
import { createRandom } from "./random.ts";

export interface PlatformOutageOptions {
  /** Sessions whose visitors are connected, spread evenly over the replicas. */
  readonly sessions: number;
  readonly replicas: number;
  readonly outageMs: number;
  /** What each replica may ask of the platform, as `MAILOO_CHAT_LIMIT_UPSTREAM_READS`. */
  readonly readsPerSecond: number;
  /** A request that would wait longer for its turn is put off. */
  readonly maxWaitMs: number;
  /** How long the platform takes to answer, drawn evenly. */
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly seed: number;
}

export interface PlatformOutageResult {
  /** Requests that went out to the platform during the outage, all replicas together: probes, in the main. */
  readonly during: { readonly total: number; readonly peakPerSecond: number };
  /** Requests that went out after it had come back; time 0 is that moment. */
  readonly after: ArrivalCurve;
  /** When so many sessions were caught up, in milliseconds since the platform came back. */
  readonly backMs: { readonly median: number; readonly p99: number; readonly all: number };
}

/** One replica: the circuit breaker and the budget are the code that the BFF runs. */
interface Replica {
  readonly circuit: CircuitBreaker;
  bucket: TokenBucket;
}

const KIND = { due: 0, sent: 1, answered: 2 } as const;
const KINDS = 3;

/**
 * Browsers keep their sockets while the platform is away: what comes back are the feeds, one for each session, and all they
 * meet are the BFF's own schedule, circuit breaker and budget.
 */
export function simulatePlatformOutage(options: PlatformOutageOptions): PlatformOutageResult {
  const { sessions, replicas: count, outageMs, readsPerSecond, maxWaitMs, latencyMs, seed } = options;
  const random = createRandom(seed);
  const rate = { count: readsPerSecond, seconds: 1 };
  const heap = createEventHeap(sessions * 2);
  const attempts = new Uint16Array(sessions);
  const passes = new Map<number, CircuitPass>();
  let clockMs = 0;
  const backAtMs = new Float64Array(sessions).fill(Number.NaN);
  const replicas = Array.from(
    { length: count },
    (): Replica => ({
      circuit: createCircuitBreaker(() => clockMs, { error() {}, info() {} }),
      bucket: fullBucket(rate, 0),
    }),
  );
  const during = createArrivalCurve();
  const after = createArrivalCurve();

  const replicaOf = (session: number) => replicas[session % count] as Replica; // the remainder is below `count`

  function retryLater(session: number, nowMs: number, atLeastMs: number): void {
    const attempt = Math.min((attempts[session] ?? 0) + 1, 1_000);
    attempts[session] = attempt;
    const inMs = retryDelayMs(UPSTREAM_SCHEDULE, attempt, random(), atLeastMs);
    heap.push(nowMs + inMs, session, KIND.due);
  }

  /** A feed wants to list. */
  function due(session: number, nowMs: number): void {
    const replica = replicaOf(session);
    const pass = replica.circuit.acquire();
    if (pass === null) {
      retryLater(session, nowMs, replica.circuit.retryAfterMs());
      return;
    }
    passes.set(session, pass);

    // A bucket below zero is a queue: the next token is due when those before it have had theirs.
    const bucket = refill(replica.bucket, rate, nowMs);
    const waitMs = untilTokens(bucket, rate, 1);
    if (waitMs > maxWaitMs) {
      retryLater(session, nowMs, 0);
      return;
    }
    replica.bucket = { ...bucket, tokens: bucket.tokens - 1 };
    heap.push(nowMs + waitMs, session, KIND.sent);
  }

  function sent(session: number, nowMs: number): void {
    if (nowMs < outageMs) during.add(nowMs);
    else after.add(nowMs - outageMs);
    const answerMs = latencyMs.min + random() * (latencyMs.max - latencyMs.min);
    heap.push(nowMs + answerMs, session, KIND.answered);
  }

  function answered(session: number, nowMs: number): void {
    const isUp = nowMs >= outageMs;
    passes.get(session)?.release(isUp ? "success" : "failure");
    passes.delete(session);
    if (isUp) backAtMs[session] = nowMs - outageMs;
    else retryLater(session, nowMs, 0);
  }

  for (let session = 0; session < sessions; session += 1) retryLater(session, 0, 0);
  while (heap.pop()) {
    const { client: session, atMs, tag } = heap;
    clockMs = atMs;
    if (tag % KINDS === KIND.due) due(session, atMs);
    else if (tag % KINDS === KIND.sent) sent(session, atMs);
    else answered(session, atMs);
  }

  backAtMs.sort();
  const at = (share: number) => backAtMs[Math.min(sessions - 1, Math.floor(share * sessions))] ?? Number.NaN;
  return {
    during: { total: during.total, peakPerSecond: during.peak.count },
    after,
    backMs: { median: at(0.5), p99: at(0.99), all: at(1) },
  };
}
