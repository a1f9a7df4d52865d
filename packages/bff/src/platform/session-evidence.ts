import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";

/** Sends and listings are separate: a session may be readable and yet accept no message. */
export interface SessionCall {
  readonly operation: "list" | "send";
  readonly sessionPublicId: string;
}

/** A session that a send has opened exists, even if the platform's replicas have not received it yet. */
const OPENED_FOR_MS = 60_000;
/** A session with a token newer than this exists. With a longer time, a deleted session would look like an outage. */
const KNOWN_FOR_MS = 5_000;
/** A 404 that persists for this time needs no further evidence. */
const PERSISTS_MS = 60_000;
/** After this time without a 404, counting restarts. */
const MAX_PAUSE_MS = 60_000;
const MAX_SESSIONS = 20_000;

/**
 * Decides whether a 404 ends a session. A gateway in front of the platform may answer 404 to everything, and a platform that
 * reads from a replica may not yet know a session that was just opened. So a 404 counts only if the session is not new, and
 * if either the platform answers its status (which names no session) at that moment, or the 404 persists.
 */
export function createSessionEvidence(clock: Clock) {
  const knownUntilMs = new LRUCache<string, number>({ max: MAX_SESSIONS });
  const unconfirmed = new LRUCache<string, Unconfirmed>({ max: MAX_SESSIONS });

  return {
    /** A token for the session was issued at that time, perhaps by another replica; `opened` by the send that opened it. */
    issued(sessionPublicId: string, issuedAtMs: number, opened = false): void {
      const knownForMs = opened ? OPENED_FOR_MS : KNOWN_FOR_MS;
      const leftMs = issuedAtMs + knownForMs - clock.epochMs();
      if (leftMs <= 0) return;
      const untilMs = clock.steadyMs() + Math.min(leftMs, knownForMs);
      knownUntilMs.set(sessionPublicId, Math.max(untilMs, knownUntilMs.get(sessionPublicId) ?? 0));
    },

    /** To be called when an answer shows that the platform knows the session. */
    found(call: SessionCall): void {
      unconfirmed.delete(keyOf(call));
    },

    /**
     * The platform has answered 404.
     *
     * @param confirm asks whether the platform answers and still does not know the session
     */
    async isGone(call: SessionCall, confirm: () => Promise<boolean>): Promise<boolean> {
      if (clock.steadyMs() < (knownUntilMs.get(call.sessionPublicId) ?? 0)) return false;
      return persists(keyOf(call)) || (await confirm());
    },
  };

  function persists(key: string): boolean {
    const nowMs = clock.steadyMs();
    const before = unconfirmed.get(key);
    const continues = before !== undefined && nowMs - before.lastMs <= MAX_PAUSE_MS;
    const sinceMs = continues ? before.sinceMs : nowMs;
    unconfirmed.set(key, { sinceMs, lastMs: nowMs });
    return nowMs - sinceMs >= PERSISTS_MS;
  }
}

/** 404s that have not ended the session yet. */
interface Unconfirmed {
  readonly sinceMs: number;
  readonly lastMs: number;
}

function keyOf({ operation, sessionPublicId }: SessionCall): string {
  return `${operation} ${sessionPublicId}`;
}

/**
 * Shares one request between concurrent callers. The request starts after each of them has called, because the answer to an
 * earlier request may be older than the reason for the call.
 *
 * @param ask never rejects
 */
export function createNextAnswer<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();

  async function askAfter(earlier: Promise<T> | undefined, about: string): Promise<T> {
    await earlier;
    const answer = ask(about);
    running.set(about, answer);
    next.delete(about);
    void answer.finally(() => {
      if (running.get(about) === answer) running.delete(about);
    });
    return answer;
  }

  return (about) => {
    const shared = next.get(about) ?? askAfter(running.get(about), about);
    next.set(about, shared);
    return shared;
  };
}
