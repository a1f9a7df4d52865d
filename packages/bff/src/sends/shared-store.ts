import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../lib/clock.ts";
import { RedisAwayError, type RedisLink, type RunOnRedis } from "../redis/redis-link.ts";
import { createMemorySendStore } from "./memory-store.ts";
import { withOwnKnowledge } from "./own-knowledge.ts";
import { createRedisSendStore, NO_FENCE, type RedisSendStore } from "./redis-store.ts";
import type { Lease, SendStore, Settlement } from "./store.ts";

export interface SharedSendStoreOptions {
  readonly link: RedisLink;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Most settlements kept for a Redis that is away; the oldest are dropped first. @default 10_000 */
  readonly maxJournal?: number;
}

/**
 * Claims and records on Redis, and in this process's memory while Redis is away: a visitor is never refused.
 *
 * - What this process has recorded it knows, whatever Redis has forgotten: see `withOwnKnowledge`.
 * - What is settled while Redis is away goes into a journal, and from there to Redis before it is used again.
 *   What another replica has recorded as sent meanwhile stays.
 * - A lease taken on Redis outlives it here: nobody can take it over where nobody reaches Redis. A claim that was
 *   not answered is given back, since it may have been granted.
 * - A journal that is lost, or overflows, costs nothing: the history is searched for what it would have told.
 *
 * What two replicas do at the same time without Redis is not kept apart.
 */
export function createSharedSendStore(options: SharedSendStoreOptions): SendStore {
  const { link, logger, clock = systemClock, maxJournal = 10_000 } = options;
  const replica = randomBytes(9).toString("base64url");
  const shared = createRedisSendStore({ run: link.run, replica, replyMs: link.replyMs, clock });
  const own = createMemorySendStore({ clock });
  const journal = new Set<JournalEntry>();

  link.onReturn(async (run) => {
    if (journal.size > 0) logger.info({ records: journal.size }, "telling Redis what happened without it");
    await shared.learnCoverage(run);
    await flush(run);
    // What comes in between here and Redis being used again.
    setImmediate(() => void flush(link.run).catch(ignore));
  });

  async function flush(run: RunOnRedis): Promise<void> {
    const direct = createRedisSendStore({ run, replica, replyMs: link.replyMs, clock });
    while (journal.size > 0) {
      const batch = [...journal].slice(0, FLUSH_BATCH);
      await Promise.all(batch.map((entry) => entry(direct)));
      for (const entry of batch) journal.delete(entry);
    }
  }

  /** Writes to Redis, or into the journal. */
  async function writeLate(lease: Lease, settlement: Settlement): Promise<void> {
    const written = await orAway(() => shared.settleLate(lease, settlement));
    if (written !== AWAY) return;
    note((redis) => redis.settleLate(lease, settlement));
  }

  function note(entry: JournalEntry): void {
    journal.add(entry);
    const [oldest] = journal;
    if (journal.size > maxJournal && oldest) journal.delete(oldest);
  }

  async function settleShared(lease: Lease, settlement: Settlement) {
    const verdict = await orAway(() => shared.settle(lease, settlement));
    if (verdict !== AWAY) return verdict;
    await writeLate(lease, settlement);
    return "done";
  }

  async function settleOwn(lease: Lease, settlement: Settlement) {
    const verdict = await own.settle(lease, settlement);
    if (verdict === "done") await writeLate({ ...lease, fence: NO_FENCE }, settlement);
    return verdict;
  }

  const store: SendStore = {
    hashBody: shared.hashBody,
    async claim(request) {
      const wasHere = link.health === "ok";
      const verdict = await orAway(() => shared.claim(request));
      if (verdict !== AWAY) return verdict;
      if (wasHere) note((redis) => redis.abandon(request.scope, request.clientMessageId));
      const ownVerdict = await own.claim(request);
      return ownVerdict.kind === "claimed"
        ? { ...ownVerdict, lease: { ...ownVerdict.lease, isOwn: true } satisfies OwnLease }
        : ownVerdict;
    },
    async renew(lease) {
      if (isOwn(lease)) return own.renew(lease);
      const held = await orAway(() => shared.renew(lease));
      return held === AWAY ? true : held;
    },
    settle: (lease, settlement) =>
      isOwn(lease) ? settleOwn(lease, settlement) : settleShared(lease, settlement),
    async adopt(scope, sent, how) {
      const verdict = await orAway(() => shared.adopt(scope, sent, how));
      if (verdict !== AWAY) return verdict;
      note(async (redis) => void (await redis.adopt(scope, sent, how)));
      return "done";
    },
    async claims(scope, messageIds) {
      const claims = await orAway(() => shared.claims(scope, messageIds));
      return claims === AWAY ? new Map() : claims;
    },
    async forgetSession(scope, sealedSession) {
      await own.forgetSession(scope, sealedSession);
      await orAway(() => shared.forgetSession(scope, sealedSession));
    },
    async coveredForMs() {
      const coveredForMs = await orAway(() => shared.coveredForMs());
      // Other replicas may have seen attempts that we have not.
      return coveredForMs === AWAY ? null : coveredForMs;
    },
  };
  return withOwnKnowledge(store, { clock });
}

/** A lease of this process's memory. */
interface OwnLease extends Lease {
  readonly isOwn: true;
}

function isOwn(lease: Lease): lease is OwnLease {
  return "isOwn" in lease;
}

type JournalEntry = (redis: RedisSendStore) => Promise<void>;

const FLUSH_BATCH = 50;

const AWAY = Symbol("away");

async function orAway<T>(work: () => Promise<T>): Promise<T | typeof AWAY> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RedisAwayError) return AWAY;
    throw error;
  }
}

/** What is left stays in the journal until the next return. */
function ignore(): void {}
