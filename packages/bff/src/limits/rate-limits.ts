import type { LimitsConfig } from "../config.ts";
import { ProblemError } from "../problem-error.ts";
import type { Telemetry } from "../telemetry.ts";
import type { RateLimit } from "./rate-limit-setting.ts";
import { createWindowCounter, type TakeVerdict } from "./window-counter.ts";

/** The limits that a request passes. Each throws `ProblemError("rate_limited")` when it is spent, now or by the promise. */
export interface RateLimits {
  /** Any request but preflights, assets and health. */
  request(addressBlock: string): Promise<void> | void;
  /** A first message. */
  newSession(addressBlock: string): Promise<void> | void;
  /** A message of a session. */
  send(sessionPublicId: string): Promise<void> | void;
}

/** Counts one event of a key. */
export type TakeFromLimit = (key: string) => TakeVerdict | Promise<TakeVerdict>;

/** Makes the counter of one limit: in memory, or shared by all replicas. */
export type CounterFactory = (name: string, limit: RateLimit) => TakeFromLimit;

export const countInMemory: CounterFactory = (_name, limit) => {
  const counter = createWindowCounter(limit);
  return (key) => counter.take(key);
};

export function createRateLimits(
  limits: LimitsConfig,
  telemetry: Telemetry,
  counterOf: CounterFactory = countInMemory,
): RateLimits {
  const gate = (name: string, limit: RateLimit | null) => {
    if (!limit) return () => {};
    const take = counterOf(name, limit);
    const judge = (verdict: TakeVerdict) => {
      if (verdict.ok) return;
      telemetry.limitHit(name);
      throw new ProblemError("rate_limited", {
        retryAfterSeconds: Math.max(1, Math.ceil(verdict.retryInMs / 1000)),
      });
    };
    return (key: string) => {
      const verdict = take(key);
      return verdict instanceof Promise ? verdict.then(judge) : judge(verdict);
    };
  };
  return {
    request: gate("ip-requests", limits.ipRequests),
    newSession: gate("ip-new-sessions", limits.ipNewSessions),
    send: gate("session-sends", limits.sessionSends),
  };
}
