import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";

/**
 * Whether a 404 ends a session. A gateway in front of the platform may answer 404 to everything, and a platform that reads
 * from a replica may not know a session yet that it has just opened. So a 404 counts only if the session is not brand-new,
 * and if either the platform's status, which names no session, is answered at that moment, or the 404 lasts.
 */
export interface SessionEvidence {
  /** A token for the session was issued at that time, or the platform has just opened it: it is known to exist. */
  issued(sessionPublicId: string, issuedAtMs: number): void;
  /** The platform has answered a call about the session as one that it knows. */
  found(call: SessionCall): void;
  /**
   * The platform has answered 404.
   *
   * @param confirm asks whether the platform is there and still does not know the session.
   */
  isGone(call: SessionCall, confirm: () => Promise<boolean>): Promise<boolean>;
}

/** Sends and listings are judged apart: a session may be readable and yet take no message. */
export interface SessionCall {
  readonly operation: "list" | "send";
  readonly sessionPublicId: string;
}

/** A session whose token is younger is known to exist. */
const KNOWN_FOR_MS = 60_000;
/** A 404 that lasts as long is believed without further evidence. */
const LASTS_MS = 60_000;
/** Without a 404 in between for as long, it has not lasted. */
const MAX_PAUSE_MS = 60_000;
const MAX_SESSIONS = 20_000;

export function createSessionEvidence(clock: Clock): SessionEvidence {
  const knownUntilMs = new LRUCache<string, number>({ max: MAX_SESSIONS });
  const doubts = new LRUCache<string, Doubt>({ max: MAX_SESSIONS });

  return {
    issued(sessionPublicId, issuedAtMs) {
      const leftMs = issuedAtMs + KNOWN_FOR_MS - clock.epochMs();
      if (leftMs <= 0) return;
      const untilMs = clock.steadyMs() + Math.min(leftMs, KNOWN_FOR_MS);
      knownUntilMs.set(sessionPublicId, Math.max(untilMs, knownUntilMs.get(sessionPublicId) ?? 0));
    },

    found(call) {
      doubts.delete(keyOf(call));
    },

    async isGone(call, confirm) {
      if (clock.steadyMs() < (knownUntilMs.get(call.sessionPublicId) ?? 0)) return false;
      return lasts(keyOf(call)) || (await confirm());
    },
  };

  function lasts(key: string): boolean {
    const nowMs = clock.steadyMs();
    const before = doubts.get(key);
    const goesOn = before !== undefined && nowMs - before.lastMs <= MAX_PAUSE_MS;
    const sinceMs = goesOn ? before.sinceMs : nowMs;
    doubts.set(key, { sinceMs, lastMs: nowMs });
    return nowMs - sinceMs >= LASTS_MS;
  }
}

/** A 404 that is not believed yet. */
interface Doubt {
  readonly sinceMs: number;
  readonly lastMs: number;
}

function keyOf({ operation, sessionPublicId }: SessionCall): string {
  return `${operation} ${sessionPublicId}`;
}
