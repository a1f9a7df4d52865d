import type { Logger } from "pino";

/**
 * Stops calls that the platform would refuse: after a refusal, one call in `probeAfterMs` goes out as a probe, and the
 * others fail at once. Logs what is refused, and how to fix it.
 *
 * - 401 is about the key: all calls stop.
 * - 403 may be about the key, the page's origin, the session, or a visitor's text (a firewall). Only the status call, which
 *   names no session and carries no text, is proof. So a 403 to another call is a suspicion, after which the status should
 *   be asked for that origin; a 403 to the status call stops the calls of that origin. No visitor can lock out others.
 *   However many origins are refused, calls of new origins go out.
 */
export interface AccessGuard {
  /** The status to fail with, or null if the call may go out. Takes the probe if one is due. */
  check(origin: Origin): 401 | 403 | null;
  /** @returns whether the status should be asked for this origin now; true at most once in `suspectEveryMs` */
  answered(origin: Origin, answer: Answer, details: AnswerDetails): boolean;
  /** The last answer about the key was 401. */
  readonly keyRefused: boolean;
  /** The origin is proved to be refused. */
  isOriginRefused(origin: Origin): boolean;
  /** The origin that was accepted last, if any still is. */
  readonly acceptedOrigin: string | null;
}

/** Null: the call is not on behalf of a page. */
type Origin = string | null;

type Answer = "accepted" | 401 | 403;

interface AnswerDetails {
  /** A 403 to this call proves that the origin is refused. */
  readonly isProof: boolean;
  /** For the log, without secrets. */
  readonly platformCode: string | null;
}

export interface AccessGuardOptions {
  readonly logger: Pick<Logger, "error" | "warn" | "info">;
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
  /** @default 30000 */
  readonly probeAfterMs?: number;
  /** @default 5000 */
  readonly suspectEveryMs?: number;
  /** The least recently used origin is forgotten first. @default 1000 */
  readonly maxOrigins?: number;
}

export function createAccessGuard(options: AccessGuardOptions): AccessGuard {
  const { logger, now, probeAfterMs = 30_000, suspectEveryMs = 5_000, maxOrigins = 1_000 } = options;
  let keyRefusal: Refusal | null = null;
  const origins = new Map<Origin, OriginRecord>();

  return {
    get keyRefused() {
      return keyRefusal !== null;
    },

    isOriginRefused: isRefused,

    get acceptedOrigin() {
      let accepted: string | null = null;
      for (const [origin, { refusal, suspectedAtMs }] of origins) {
        if (refusal === null && suspectedAtMs === null) accepted = origin ?? accepted;
      }
      return accepted;
    },

    check(origin) {
      if (blocks(keyRefusal)) return 401;
      return blocks(origins.get(origin)?.refusal ?? null) ? 403 : null;
    },

    answered(origin, answer, { isProof, platformCode }) {
      const details = { origin, status: answer, platformCode };
      if (answer === 401) {
        if (keyRefusal === null) logger.error(details, KEY_REFUSED);
        keyRefusal = { probeAtMs: now() + probeAfterMs };
        return false;
      }
      // A platform that looks at the origin or the session has accepted the key.
      if (keyRefusal !== null) logger.info("the platform accepts the API key again");
      keyRefusal = null;
      const before = origins.get(origin);
      if (answer === "accepted") {
        remember(origin, { refusal: null, suspectedAtMs: null });
        return false;
      }
      if (isProof || isRefused(origin)) {
        if (!isRefused(origin)) logger.warn(details, ORIGIN_REFUSED);
        remember(origin, { refusal: { probeAtMs: now() + probeAfterMs }, suspectedAtMs: null });
        return false;
      }
      const suspectedAtMs = before?.suspectedAtMs ?? null;
      if (suspectedAtMs !== null && now() - suspectedAtMs < suspectEveryMs) return false;
      remember(origin, { refusal: null, suspectedAtMs: now() });
      return true;
    },
  };

  /** Lets one call pass when a probe is due, and schedules the next probe. */
  function blocks(refusal: Refusal | null): boolean {
    if (refusal === null) return false;
    if (now() < refusal.probeAtMs) return true;
    refusal.probeAtMs = now() + probeAfterMs;
    return false;
  }

  function isRefused(origin: Origin): boolean {
    return origins.get(origin)?.refusal != null;
  }

  function remember(origin: Origin, record: OriginRecord): void {
    origins.delete(origin);
    origins.set(origin, record);
    const [oldest = null] = origins.keys();
    if (origins.size > maxOrigins) origins.delete(oldest);
  }
}

interface Refusal {
  probeAtMs: number;
}

interface OriginRecord {
  readonly refusal: Refusal | null;
  /** When a 403 last made the status worth asking. */
  readonly suspectedAtMs: number | null;
}

const KEY_REFUSED =
  "the platform refuses the API key: check that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope " +
  "chat.send-message; until then, one call in 30 s tries again";
const ORIGIN_REFUSED =
  "the platform refuses this origin: add it to the integration's allowed origins, or remove it from " +
  "MAILOO_CHAT_ALLOWED_ORIGINS";
