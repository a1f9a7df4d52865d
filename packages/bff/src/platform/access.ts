import { LRUCache } from "lru-cache";
import type { Logger } from "pino";

export type AccessGuard = ReturnType<typeof createAccessGuard>;

/** Null: the call is not on behalf of a page. */
type Origin = string | null;

type Answer = "accepted" | 401 | 403;

interface AnswerDetails {
  /** A 403 to this call proves that the origin is refused. */
  readonly isProof: boolean;
  /** For the log, without secrets. */
  readonly platformCode: string | null;
}

interface AccessGuardOptions {
  readonly logger: Pick<Logger, "error" | "warn" | "info">;
  /** Milliseconds from an arbitrary start; never jumps. */
  readonly now: () => number;
}

const PROBE_AFTER_MS = 30_000;
const SUSPECT_EVERY_MS = 5_000;
/** The origin with the oldest answer is evicted first. */
const MAX_ORIGINS = 1_000;

/**
 * Stops calls that the platform would refuse: after a refusal, one call in `PROBE_AFTER_MS` goes out as a probe, and the
 * others fail at once. Logs what is refused, and how to fix it.
 *
 * - 401 concerns the key: all calls stop.
 * - 403 may concern the key, the page's origin, the session, or a visitor's text (a firewall). Only the status call, which
 *   names no session and carries no text, is proof. After a 403 to another call, the status should be requested for that
 *   origin. A 403 to the status call stops the calls of that origin. So no visitor can lock out others. Calls of new origins
 *   are always sent.
 */
export function createAccessGuard({ logger, now }: AccessGuardOptions) {
  let keyRefusal: Refusal | null = null;
  const origins = new LRUCache<string, OriginState>({ max: MAX_ORIGINS });

  return {
    /** Set while the last answer about the key is 401. */
    get keyRefused(): boolean {
      return keyRefusal !== null;
    },

    /** The origin is proved to be refused. */
    isOriginRefused: isRefused,

    /** The origin that was accepted most recently, if any is accepted. */
    get acceptedOrigin(): string | null {
      // The one that was answered last comes first.
      for (const [origin, { name }] of origins.entries()) {
        if (origin !== NO_ORIGIN && name === "accepted") return origin;
      }
      return null;
    },

    /** The status to fail with, or null if the call may be sent. Uses the probe if one is due. */
    check(origin: Origin): 401 | 403 | null {
      if (keyRefusal !== null && blocks(keyRefusal)) return 401;
      const state = stateOf(origin);
      return state?.name === "refused" && blocks(state) ? 403 : null;
    },

    /** @returns whether the status should be requested for this origin now; true at most once in `SUSPECT_EVERY_MS` */
    answered(origin: Origin, answer: Answer, { isProof, platformCode }: AnswerDetails): boolean {
      const details = { origin, status: answer, platformCode };
      if (answer === 401) {
        if (keyRefusal === null) logger.error(details, KEY_REFUSED);
        keyRefusal = { probeAtMs: now() + PROBE_AFTER_MS };
        return false;
      }
      // The platform checks origin and session only after it has accepted the key.
      if (keyRefusal !== null) logger.info("the platform accepts the API key again");
      keyRefusal = null;
      if (answer === "accepted") {
        remember(origin, ACCEPTED);
        return false;
      }
      if (isProof || isRefused(origin)) {
        if (!isRefused(origin)) logger.warn(details, ORIGIN_REFUSED);
        remember(origin, { name: "refused", probeAtMs: now() + PROBE_AFTER_MS });
        return false;
      }
      const state = stateOf(origin);
      if (state?.name === "suspected" && now() - state.atMs < SUSPECT_EVERY_MS) return false;
      remember(origin, { name: "suspected", atMs: now() });
      return true;
    },
  };

  /** Lets one call pass when a probe is due, and schedules the next probe. */
  function blocks(refusal: Refusal): boolean {
    if (now() < refusal.probeAtMs) return true;
    refusal.probeAtMs = now() + PROBE_AFTER_MS;
    return false;
  }

  function isRefused(origin: Origin): boolean {
    return stateOf(origin)?.name === "refused";
  }

  /** Not `get`, so that only answers count as use. */
  function stateOf(origin: Origin): OriginState | undefined {
    return origins.peek(origin ?? NO_ORIGIN);
  }

  function remember(origin: Origin, state: OriginState): void {
    origins.set(origin ?? NO_ORIGIN, state);
  }
}

/** The key of calls that are not on behalf of a page. */
const NO_ORIGIN = "";

interface Refusal {
  probeAtMs: number;
}

type OriginState =
  | { readonly name: "accepted" }
  /** By a 403 that is not proof; `atMs`: when a status request was last suggested. */
  | { readonly name: "suspected"; readonly atMs: number }
  | ({ readonly name: "refused" } & Refusal);

const ACCEPTED: OriginState = { name: "accepted" };

const KEY_REFUSED =
  "the platform refuses the API key: check that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope " +
  "chat.send-message; until then, one call in 30 s tries again";
const ORIGIN_REFUSED =
  "the platform refuses this origin: add it to the integration's allowed origins, or remove it from " +
  "MAILOO_CHAT_ALLOWED_ORIGINS";
