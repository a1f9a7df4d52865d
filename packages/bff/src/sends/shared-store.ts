import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Clock, systemClock } from "../lib/clock.ts";
import { RedisAwayError, type RedisLink, type RunOnRedis, withFallback } from "../redis/redis-link.ts";
import { withLocalRecords } from "./local-records.ts";
import { createMemorySendStore } from "./memory-store.ts";
import { createRedisSendStore, NO_FENCE, type RedisSendStore } from "./redis-store.ts";
import type { Lease, SendStore, Settlement, SettleVerdict } from "./store.ts";

/**
 * Claims and records sends on Redis, and in this process's memory while Redis is away, so that no visitor is refused.
 *
 * - This process keeps its own records even if Redis loses them: see `withLocalRecords`.
 * - Sends that are settled while Redis is away go to a journal, which is written to Redis before Redis is used again. It
 *   does not replace what another replica has recorded as sent.
 * - A lease taken on Redis remains valid while Redis is away, because nobody can take it over. A claim that was not answered
 *   is released, because it may have been granted.
 * - If the journal is lost or overflows, the history is searched instead.
 *
 * Two replicas that work without Redis at the same time are not coordinated.
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
      logger.info({ records: journal.size }, "writing records to Redis that were made while it was away");
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
    await withFallback(shared.settleLate(lease, settlement), () =>
      note((redis) => redis.settleLate(lease, settlement)),
    );
  }

  function note(entry: JournalEntry): void {
    journal.add(entry);
    const [oldest] = journal;
    if (journal.size > MAX_JOURNAL && oldest) journal.delete(oldest);
  }

  function settleShared(lease: Lease, settlement: Settlement): Promise<SettleVerdict> {
    return withFallback(shared.settle(lease, settlement), async () => {
      await writeLate(lease, settlement);
      return "done" as const;
    });
  }

  async function settleLocal(lease: Lease, settlement: Settlement): Promise<SettleVerdict> {
    const verdict = await local.settle(lease, settlement);
    if (verdict === "done") await writeLate({ ...lease, fence: NO_FENCE }, settlement);
    return verdict;
  }

  const store: SendStore = {
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
    has: (scope, clientMessageId) =>
      withFallback(shared.has(scope, clientMessageId), () => local.has(scope, clientMessageId)),
    renew: (lease) => (isLocal(lease) ? local.renew(lease) : withFallback(shared.renew(lease), () => true)),
    settle: (lease, settlement) =>
      isLocal(lease) ? settleLocal(lease, settlement) : settleShared(lease, settlement),
    adopt: (scope, sent, how) =>
      withFallback(shared.adopt(scope, sent, how), () => {
        note((redis) => redis.adopt(scope, sent, how));
        return "done" as const;
      }),
    claims: (scope, messageIds) => withFallback(shared.claims(scope, messageIds), () => new Map()),
    async forgetSession(scope, sealedSession) {
      await local.forgetSession(scope, sealedSession);
      await withFallback(shared.forgetSession(scope, sealedSession), () => {});
    },
    // While Redis was away, other replicas may have claimed sends that are unknown here.
    coveredForMs: () => withFallback(shared.coveredForMs(), () => null),
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

type JournalEntry = (redis: RedisSendStore) => Promise<unknown>;

const MAX_JOURNAL = 10_000;
const FLUSH_BATCH = 50;

/** Unwritten entries stay in the journal until Redis is back. */
function ignore(): void {}
