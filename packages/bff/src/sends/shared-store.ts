import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../lib/clock.ts";
import { RedisAwayError, type RedisLink, type RunOnRedis } from "../redis/redis-link.ts";
import { withLocalRecords } from "./local-records.ts";
import { createMemorySendStore } from "./memory-store.ts";
import { createRedisSendStore, NO_FENCE, type RedisSendStore } from "./redis-store.ts";
import type { Lease, SendStore, Settlement } from "./store.ts";

/**
 * Claims and records sends on Redis, and in this process's memory while Redis is away, so that no visitor is refused.
 *
 * - What this process has recorded it knows, even if Redis loses it: see `withLocalRecords`.
 * - What is settled while Redis is away goes to a journal, and from there to Redis before Redis is used again. What another
 *   replica has recorded as sent meanwhile stays.
 * - A lease taken on Redis remains valid while Redis is away, because nobody can take it over. A claim that was not answered is
 *   returned, because it may have been granted.
 * - If the journal is lost or overflows, the history is searched instead.
 *
 * Two replicas that work without Redis at the same time are not kept apart.
 */
export function createSharedSendStore(options: {
  readonly link: RedisLink;
  readonly logger: Logger;
  readonly clock?: Clock;
}): SendStore {
  const { link, logger, clock = systemClock } = options;
  const replica = randomBytes(9).toString("base64url");
  const onRedis = (run: RunOnRedis) => createRedisSendStore({ run, replica, replyMs: link.replyMs, clock });
  const shared = onRedis(link.run);
  const local = createMemorySendStore({ clock });
  /** Beyond {@link MAX_JOURNAL} the oldest entries are dropped. */
  const journal = new Set<JournalEntry>();

  link.onReturn(async (run) => {
    if (journal.size > 0)
      logger.info({ records: journal.size }, "writing to Redis what was recorded without it");
    await shared.learnCoverage(run);
    await flush(run);
    // Entries that are added before Redis is used again.
    setImmediate(() => void flush(link.run).catch(ignore));
  });

  async function flush(run: RunOnRedis): Promise<void> {
    const direct = onRedis(run);
    while (journal.size > 0) {
      const batch = [...journal].slice(0, FLUSH_BATCH);
      await Promise.all(batch.map((entry) => entry(direct)));
      for (const entry of batch) journal.delete(entry);
    }
  }

  /** Records without a lease, on Redis or in the journal. */
  async function writeLate(lease: Lease, settlement: Settlement): Promise<void> {
    const written = await orAway(() => shared.settleLate(lease, settlement));
    if (written !== AWAY) return;
    note((redis) => redis.settleLate(lease, settlement));
  }

  function note(entry: JournalEntry): void {
    journal.add(entry);
    const [oldest] = journal;
    if (journal.size > MAX_JOURNAL && oldest) journal.delete(oldest);
  }

  async function settleShared(lease: Lease, settlement: Settlement) {
    const verdict = await orAway(() => shared.settle(lease, settlement));
    if (verdict !== AWAY) return verdict;
    await writeLate(lease, settlement);
    return "done";
  }

  async function settleLocal(lease: Lease, settlement: Settlement) {
    const verdict = await local.settle(lease, settlement);
    if (verdict === "done") await writeLate({ ...lease, fence: NO_FENCE }, settlement);
    return verdict;
  }

  const store: SendStore = {
    hashBody: shared.hashBody,
    async claim(request) {
      try {
        return await shared.claim(request);
      } catch (error) {
        if (!(error instanceof RedisAwayError)) throw error;
        if (error.wasSent) note((redis) => redis.abandon(request.scope, request.clientMessageId));
      }
      const localVerdict = await local.claim(request);
      return localVerdict.kind === "claimed"
        ? { ...localVerdict, lease: { ...localVerdict.lease, isLocal: true } satisfies LocalLease }
        : localVerdict;
    },
    async has(scope, clientMessageId) {
      const known = await orAway(() => shared.has(scope, clientMessageId));
      return known === AWAY ? local.has(scope, clientMessageId) : known;
    },
    async renew(lease) {
      if (isLocal(lease)) return local.renew(lease);
      const held = await orAway(() => shared.renew(lease));
      return held === AWAY ? true : held;
    },
    settle: (lease, settlement) =>
      isLocal(lease) ? settleLocal(lease, settlement) : settleShared(lease, settlement),
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
      await local.forgetSession(scope, sealedSession);
      await orAway(() => shared.forgetSession(scope, sealedSession));
    },
    async coveredForMs() {
      const coveredForMs = await orAway(() => shared.coveredForMs());
      // Other replicas may have claimed sends that we do not know of.
      return coveredForMs === AWAY ? null : coveredForMs;
    },
  };
  return withLocalRecords(store, clock);
}

/** A lease of the store in this process's memory. */
interface LocalLease extends Lease {
  readonly isLocal: true;
}

function isLocal(lease: Lease): lease is LocalLease {
  return "isLocal" in lease;
}

type JournalEntry = (redis: RedisSendStore) => Promise<void>;

const MAX_JOURNAL = 10_000;
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

/** What is left stays in the journal until Redis returns again. */
function ignore(): void {}
