import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";

/**
 * Spares a platform that has refused us: while a refusal stands, one call in `probeAfterMs` finds out whether it still
 * does, and the others fail at once.
 *
 * - 401 is about the key: everybody waits.
 * - 403 may be about the key, the page's origin, the session, or what a visitor wrote (a firewall's word). Only the status
 *   call, which names no session and carries no text, tells: so another call's 403 is a suspicion, upon which the status
 *   is to be asked for that origin, and the status call's own 403 makes that origin wait. No visitor can lock out others.
 *   However many origins are refused, the key is not: the next page may be at an origin that is accepted.
 */
export interface AccessGuard {
  /** The status with which a call fails at once, or null where it may go out. Takes the probe if it is due. */
  check(origin: Origin): 401 | 403 | null;
  /** @param proof whether a 403 to this call is about the origin for sure */
  answered(origin: Origin, answer: "accepted" | 401 | 403, proof: boolean): AccessVerdict;
  /** The key is refused: by a 401. */
  readonly keyRefused: boolean;
  /** A proven 403 stands for this origin. */
  isOriginRefused(origin: Origin): boolean;
  /** The origin that was accepted last, if any still is. */
  readonly acceptedOrigin: string | null;
}

/** Null where no page stands behind the call. */
type Origin = string | null;

export interface AccessVerdict {
  /** Worth a line in the log; null where nothing is new. */
  readonly news: AccessNews | null;
  /** The status should be asked for this origin now. At most once in `suspectEveryMs`. */
  readonly suspect: boolean;
}

export type AccessNews = "key-refused" | "key-accepted" | "origin-refused";

export interface AccessGuardOptions {
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
  /** @default 30000 */
  readonly probeAfterMs?: number;
  /** @default 5000 */
  readonly suspectEveryMs?: number;
  /** Most origins that are remembered; the one heard of longest ago is forgotten first. @default 1000 */
  readonly maxOrigins?: number;
}

export function createAccessGuard(options: AccessGuardOptions): AccessGuard {
  const { now, probeAfterMs = 30_000, suspectEveryMs = 5_000, maxOrigins = 1_000 } = options;
  let key: Refusal | null = null;
  const origins = new Map<Origin, OriginRecord>();

  return {
    get keyRefused() {
      return key !== null;
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
      if (blocks(key)) return 401;
      return blocks(origins.get(origin)?.refusal ?? null) ? 403 : null;
    },

    answered(origin, answer, proof) {
      const wasKeyRefused = key !== null;
      const wasOriginRefused = isRefused(origin);
      const suspect = record(origin, answer, proof);
      return { suspect, news: newsSince(origin, wasKeyRefused, wasOriginRefused) };
    },
  };

  /** Lets one call through when it is due, which puts the next one off. */
  function blocks(refusal: Refusal | null): boolean {
    if (refusal === null) return false;
    if (now() < refusal.probeAtMs) return true;
    refusal.probeAtMs = now() + probeAfterMs;
    return false;
  }

  function record(origin: Origin, answer: "accepted" | 401 | 403, proof: boolean): boolean {
    if (answer === 401) {
      key = { probeAtMs: now() + probeAfterMs };
      return false;
    }
    // Whoever looks at the origin or the session has accepted the key.
    key = null;
    if (answer === "accepted") {
      remember(origin, { refusal: null, suspectedAtMs: null });
      return false;
    }
    if (proof || isRefused(origin)) {
      remember(origin, { refusal: { probeAtMs: now() + probeAfterMs }, suspectedAtMs: null });
      return false;
    }
    const suspectedAtMs = origins.get(origin)?.suspectedAtMs ?? null;
    if (suspectedAtMs !== null && now() - suspectedAtMs < suspectEveryMs) return false;
    remember(origin, { refusal: null, suspectedAtMs: now() });
    return true;
  }

  function newsSince(origin: Origin, wasKeyRefused: boolean, wasOriginRefused: boolean): AccessNews | null {
    if (key !== null) return wasKeyRefused ? null : "key-refused";
    if (wasKeyRefused) return "key-accepted";
    return isRefused(origin) && !wasOriginRefused ? "origin-refused" : null;
  }

  function isRefused(origin: Origin): boolean {
    return origins.get(origin)?.refusal != null;
  }

  function remember(origin: Origin, entry: OriginRecord): void {
    origins.delete(origin);
    origins.set(origin, entry);
    if (origins.size <= maxOrigins) return;
    const [oldest = null] = origins.keys();
    origins.delete(oldest);
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

export interface AccessDetails {
  readonly origin: string | null;
  readonly status: "accepted" | 401 | 403;
  /** Cleaned of secrets. */
  readonly platformCode: string | null;
}

/** Tells the operator what the platform thinks of us, and what to do about it. */
export function reportAccess(logger: Logger, news: AccessNews, details: AccessDetails): void {
  switch (news) {
    case "key-refused":
      logger.error(
        details,
        "the platform refuses our key: see that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope chat.send-message; " +
          "until then one call in 30 s tries again",
      );
      return;
    case "key-accepted":
      logger.info("the platform accepts our key again");
      return;
    case "origin-refused":
      logger.warn(
        details,
        "the platform refuses this origin: add it to the integration's allowedOrigins, or take it out of MAILOO_CHAT_ALLOWED_ORIGINS",
      );
      return;
    default:
      assertNever(news);
  }
}
