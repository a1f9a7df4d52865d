/**
 * Spares a platform that has refused us: while a refusal stands, one call in `probeAfterMs` finds out whether it still
 * does, and the others fail at once. How far a refusal reaches depends on what it says:
 *
 * - 401 is about the key: everybody waits.
 * - 403 may be about the page's origin, and on a call that names a session even about that session. So it holds for
 *   that session only, and for its origin once a second session, or a call that names none, meets it too. One visitor can
 *   never lock out another origin.
 */
export interface AccessGuard {
  /** The status with which a call fails at once, or null where it may go out. Takes the probe if it is due. */
  check(caller: Caller): 401 | 403 | null;
  /** Returns what is news, worth a line in the log; null where nothing is. */
  answered(caller: Caller, answer: "accepted" | 401 | 403): AccessNews | null;
  /** The key is refused: by a 401, or by a 403 at every origin that was tried. */
  readonly keyRefused: boolean;
}

export type AccessNews = "key-refused" | "key-accepted" | "origin-refused";

export interface Caller {
  /** Null where no page stands behind the call. */
  readonly origin: string | null;
  /** Null where the call names no session. */
  readonly sessionPublicId: string | null;
}

export interface AccessGuardOptions {
  /** Milliseconds from any start; never steps. */
  readonly now: () => number;
  /** @default 30000 */
  readonly probeAfterMs?: number;
  /** Most origins, and most refused sessions, that are remembered; the oldest is forgotten first. @default 1000 */
  readonly maxEntries?: number;
}

export function createAccessGuard(options: AccessGuardOptions): AccessGuard {
  const { now, probeAfterMs = 30_000, maxEntries = 1_000 } = options;
  let key: Refusal | null = null;
  const origins = new Map<string, OriginRecord>();
  const sessions = new Map<string, Refusal>();

  return {
    get keyRefused() {
      return isKeyRefused();
    },

    check(caller) {
      if (blocks(key)) return 401;
      const origin = originOf(caller);
      if (blocks(origins.get(origin)?.refusal ?? null)) return 403;
      const session = sessions.get(sessionOf(caller));
      return session !== undefined && blocks(session) ? 403 : null;
    },

    answered(caller, answer) {
      const wasKeyRefused = isKeyRefused();
      const wasOriginRefused = isOriginRefused(caller);
      record(caller, answer);
      if (isKeyRefused()) return wasKeyRefused ? null : "key-refused";
      if (wasKeyRefused) return "key-accepted";
      return isOriginRefused(caller) && !wasOriginRefused ? "origin-refused" : null;
    },
  };

  /** Lets one call through when it is due, which puts the next one off. */
  function blocks(refusal: Refusal | null): boolean {
    if (refusal === null) return false;
    if (now() < refusal.probeAtMs) return true;
    refusal.probeAtMs = now() + probeAfterMs;
    return false;
  }

  function record(caller: Caller, answer: "accepted" | 401 | 403): void {
    const origin = originOf(caller);
    if (answer === 401) {
      key = { probeAtMs: now() + probeAfterMs };
      return;
    }
    // 403 to the origin or the session: the key itself was read.
    key = null;
    if (answer === "accepted") {
      remember(origins, origin, { refusal: null, refusedSession: null });
      sessions.delete(sessionOf(caller));
      return;
    }
    const refusal: Refusal = { probeAtMs: now() + probeAfterMs };
    const known = origins.get(origin);
    const { sessionPublicId } = caller;
    const isAboutOrigin =
      sessionPublicId === null ||
      known?.refusal != null ||
      (known?.refusedSession != null && known.refusedSession !== sessionPublicId);
    if (isAboutOrigin) {
      remember(origins, origin, { refusal, refusedSession: null });
    } else {
      remember(origins, origin, { refusal: null, refusedSession: sessionPublicId });
      remember(sessions, sessionOf(caller), refusal);
    }
  }

  function isKeyRefused(): boolean {
    if (key !== null) return true;
    if (origins.size === 0) return false;
    for (const { refusal } of origins.values()) if (refusal === null) return false;
    return true;
  }

  function isOriginRefused(caller: Caller): boolean {
    return origins.get(originOf(caller))?.refusal != null;
  }

  function remember<T>(entries: Map<string, T>, name: string, entry: T): void {
    entries.delete(name);
    entries.set(name, entry);
    if (entries.size <= maxEntries) return;
    const [oldest] = entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
  }
}

interface Refusal {
  probeAtMs: number;
}

interface OriginRecord {
  readonly refusal: Refusal | null;
  /** A session that met a 403 while the origin itself was not known to be refused. */
  readonly refusedSession: string | null;
}

function originOf({ origin }: Caller): string {
  return origin ?? "";
}

function sessionOf({ origin, sessionPublicId }: Caller): string {
  return `${origin ?? ""} ${sessionPublicId ?? ""}`;
}
