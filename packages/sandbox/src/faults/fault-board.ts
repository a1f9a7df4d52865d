import { type Dialect, resolveDialect } from "../dialect/dialect.ts";
import { describeIssues } from "../http/describe-issues.ts";
import type { Route } from "../http/routes.ts";
import { withoutUndefined } from "../without-undefined.ts";
import { type FaultSettings, faultPatch, latencyFor, NO_FAULTS, type TimesSwitch } from "./fault-settings.ts";

/** What happens to a request before the platform handles it. */
export type RequestFault =
  | { readonly name: "none" }
  | { readonly name: "hang" }
  | { readonly name: "fail"; readonly status: number }
  | { readonly name: "rate-limit"; readonly retryAfterSeconds: number };

/** What happens to the answer after the platform has stored the message. */
export type AnswerFault = "none" | "fail" | "reset" | "hang";

/** The current switches, and the only place that turns them into decisions. */
export interface FaultBoard {
  /** The current settings. Counts show what is left. */
  readonly settings: FaultSettings;
  readonly dialect: Dialect;
  /**
   * Merges some switches.
   * @throws {FaultPatchError} on unknown switches or values; nothing is changed then
   */
  set(patch: unknown): FaultSettings;
  reset(): FaultSettings;
  latencyMs(route: Route): number;
  /** @param writes whether the route stores something if it succeeds */
  beforeRequest(route: Route, writes: boolean): RequestFault;
  afterCommit(route: Route): AnswerFault;
  /** Whether this answer is replaced by an HTML page. */
  answersHtml(route: Route): boolean;
  /** Whether the next push to a visitor gets lost. */
  losesPush(): boolean;
  /** The platform's clock at the true time `trueMs`. */
  clockMs(trueMs: number): number;
  /** The `createdAt` of a message that arrives at `trueMs`. */
  stampMs(trueMs: number): number;
  /** Calls back after every change by `set` or `reset`; returns a stop function. */
  onChange(listener: (settings: FaultSettings) => void): () => void;
}

export class FaultPatchError extends Error {
  override readonly name = "FaultPatchError";
}

/** @param random a number in [0, 1) */
export function createFaultBoard(random: () => number = Math.random): FaultBoard {
  let settings = NO_FAULTS;
  let dialect = resolveDialect(settings.dialect);
  let frozenStampMs: number | null = null;
  const listeners = new Set<(settings: FaultSettings) => void>();

  function change(next: FaultSettings): FaultSettings {
    settings = next;
    dialect = resolveDialect(next.dialect);
    if (!next.equalTimestamps) frozenStampMs = null;
    for (const listener of listeners) listener(next);
    return next;
  }

  /** Whether a counted switch applies now. If so, counts it down. */
  function strikes(name: TimesSwitch): boolean {
    const value = settings[name];
    if (typeof value === "boolean") return value;
    if (value < 1) return random() < value;
    settings = { ...settings, [name]: value > 1 ? value - 1 : false };
    return true;
  }

  function takeRateLimit(): RequestFault {
    const { rateLimit } = settings;
    if (rateLimit === null) return { name: "none" };
    if (rateLimit.count !== null) {
      const count = rateLimit.count - 1;
      settings = { ...settings, rateLimit: count === 0 ? null : { ...rateLimit, count } };
    }
    return { name: "rate-limit", retryAfterSeconds: rateLimit.retryAfterSeconds };
  }

  const isHit = (route: Route) => settings.routes.includes(route);

  return {
    get settings() {
      return settings;
    },
    get dialect() {
      return dialect;
    },
    set(patch) {
      const parsed = faultPatch.safeParse(patch);
      if (!parsed.success) throw new FaultPatchError(describeIssues(parsed.error));
      return change({ ...settings, ...withoutUndefined(parsed.data) });
    },
    reset: () => change(NO_FAULTS),
    latencyMs: (route) => latencyFor(route, settings, random()),
    beforeRequest(route, writes) {
      if (!isHit(route)) return { name: "none" };
      if (strikes("hang")) return { name: "hang" };
      const limited = takeRateLimit();
      if (limited.name !== "none") return limited;
      if (writes && strikes("failBeforeAccept")) return { name: "fail", status: 502 };
      if (settings.errorRate > 0 && random() < settings.errorRate) {
        return { name: "fail", status: settings.errorStatus };
      }
      return { name: "none" };
    },
    afterCommit(route) {
      if (!isHit(route)) return "none";
      if (strikes("acceptThenReset")) return "reset";
      if (strikes("acceptThenHang")) return "hang";
      if (strikes("acceptThenFail")) return "fail";
      return "none";
    },
    answersHtml: (route) => isHit(route) && strikes("html"),
    losesPush: () => strikes("losePushes"),
    clockMs: (trueMs) => trueMs + settings.clockSkewMs,
    stampMs(trueMs) {
      const stampMs = trueMs + settings.clockSkewMs - settings.lateInsertMs;
      if (!settings.equalTimestamps) return stampMs;
      frozenStampMs ??= stampMs;
      return frozenStampMs;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
