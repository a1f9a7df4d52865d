import { assertNever } from "@mailoo-chat/protocol";
import type { Logger } from "pino";

/**
 * Stops calls that the platform would refuse: after a refusal, one call in `probeAfterMs` goes out as a probe, and the
 * others fail at once.
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
  /** @param proof whether a 403 to this call proves that the origin is refused */
  answered(origin: Origin, answer: "accepted" | 401 | 403, proof: boolean): AccessVerdict;
  /** The last answer about the key was 401. */
  readonly keyRefused: boolean;
  /** The origin is proved to be refused. */
  isOriginRefused(origin: Origin): boolean;
  /** The origin that was accepted last, if any still is. */
  readonly acceptedOrigin: string | null;
}

/** Null: the call is not on behalf of a page. */
type Origin = string | null;

export interface AccessVerdict {
  /** To be logged; null: nothing new. */
  readonly news: AccessNews | null;
  /** The status should be asked for this origin now. True at most once in `suspectEveryMs`. */
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
  /** The least recently used origin is forgotten first. @default 1000 */
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

  /** Lets one call pass when a probe is due, and schedules the next probe. */
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
    // A platform that looks at the origin or the session has accepted the key.
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

/** Logs what the platform refuses, and how to fix it. */
export function reportAccess(logger: Logger, news: AccessNews, details: AccessDetails): void {
  switch (news) {
    case "key-refused":
      logger.error(
        details,
        "the platform refuses the API key: check that MAILOO_CHAT_INTEGRATION_API_KEY is current and has the scope chat.send-message; " +
          "until then, one call in 30 s tries again",
      );
      return;
    case "key-accepted":
      logger.info("the platform accepts the API key again");
      return;
    case "origin-refused":
      logger.warn(
        details,
        "the platform refuses this origin: add it to the integration's allowed origins, or remove it from MAILOO_CHAT_ALLOWED_ORIGINS",
      );
      return;
    default:
      assertNever(news);
  }
}
