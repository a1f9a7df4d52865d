import { type Clock, systemClock } from "../lib/clock.ts";
import { RedisAwayError, type RunOnRedis } from "../redis/redis-link.ts";
import type { ScopeRef } from "./scope.ts";
import type {
  Adoption,
  ClaimedRecord,
  ClaimRequest,
  ClaimVerdict,
  Lease,
  MessageClaim,
  SendStore,
  Settlement,
  SettleVerdict,
} from "./store.ts";
import { LEASE_MS, LOST_LEASE_MS, RECORD_TTL_MS, SETTLE_AFTER_LEASE_MS } from "./timing.ts";

/** The store that all replicas share. Its methods reject with `RedisAwayError` if Redis is away. */
export interface RedisSendStore extends SendStore {
  /**
   * Records, without a lease, a send that was settled while Redis was away. `lease`: the lease under which it was settled.
   */
  settleLate(lease: Lease, settlement: Settlement): Promise<void>;
  /** Releases the lease of a claim that was not answered, because it may have been granted. */
  abandon(scope: ScopeRef, clientMessageId: string): Promise<void>;
  /** To be called after each (re)connection. */
  learnCoverage(run: RunOnRedis): Promise<void>;
}

export interface RedisSendStoreOptions {
  readonly run: RunOnRedis;
  /** Marks this replica's leases. Without spaces. */
  readonly replica: string;
  /** How long `run` waits for a reply. */
  readonly replyMs: number;
  readonly clock?: Clock;
}

export function createRedisSendStore(options: RedisSendStoreOptions): RedisSendStore {
  const { run, replica, replyMs, clock = systemClock } = options;
  /** Redis's clock when it last answered, and ours. */
  let clockSample: { readonly redisMs: number; readonly steadyMs: number } | null = null;
  /** Since when this process has had Redis without interruption, on Redis's clock. */
  let withRedisSinceMs: number | null = null;

  async function claim(request: ClaimRequest): Promise<ClaimVerdict> {
    const first = await tryClaim(request);
    // If Redis's clock was set forward, the first try has read the new time.
    const verdict = first ?? (await tryClaim(request));
    if (verdict === null) throw new RedisAwayError("Redis runs our claims too late");
    return verdict;
  }

  /** Null: Redis ran it too late. */
  async function tryClaim(request: ClaimRequest): Promise<ClaimVerdict | null> {
    const { scope, clientMessageId, bodyHash, attempt, after } = request;
    const keys = [scopeKey(scope), recordKey(scope, clientMessageId)];
    const args = [
      toHolder(clientMessageId),
      bodyHash,
      attempt,
      after ?? "",
      RECORD_TTL_MS,
      LEASE_MS,
      SETTLE_AFTER_LEASE_MS,
      notAfter(),
    ];
    const [kind, now = "0", ...rest] = await run((redis) => redis.claimSend(...keys, ...args));
    const redisMs = Number(now);
    clockSample = { redisMs, steadyMs: clock.steadyMs() };
    switch (kind) {
      case "late":
        return null;
      case "reused":
        return { kind };
      case "busy":
        return { kind, leaseMs: Number(rest[0]), sameSend: rest[1] ? { after: rest[2] || null } : null };
      case "sent": {
        const [messageId = "", createdAt = "", session = ""] = rest;
        const sent = { clientMessageId, bodyHash, messageId, createdAt, sealedSession: session || null };
        return { kind, sent };
      }
      case "moved": {
        const [sealedSession = "", state, settleIn] = rest;
        return { kind, sealedSession, mayBeSent: state === "pending", settleInMs: Number(settleIn) };
      }
      case "claimed": {
        const [fence, state, recordedAfter, settleIn, session] = rest;
        const record: ClaimedRecord = {
          state: toState(state),
          after: recordedAfter || null,
          settleInMs: Number(settleIn),
          sealedSession: session || null,
        };
        const lease = { scope, clientMessageId, bodyHash, after: record.after, fence: Number(fence) };
        return { kind, lease, record };
      }
      default:
        throw new TypeError(`a claim was answered with ${kind}`);
    }
  }

  /** Redis's clock. Null: not known yet. */
  function redisNowMs(): number | null {
    return clockSample && clockSample.redisMs + (clock.steadyMs() - clockSample.steadyMs);
  }

  /** The latest time at which Redis should still run our claim, on Redis's clock. */
  function notAfter(): string {
    const nowMs = redisNowMs();
    return nowMs === null ? "" : String(Math.ceil(nowMs + replyMs + CLOCK_SLACK_MS));
  }

  /** Since when every claim is on this Redis. Restarts whenever Redis has lost its data. */
  async function askCoverage(runNow: RunOnRedis): Promise<{ nowMs: number; sinceMs: number }> {
    const [now, since] = await runNow((redis) => redis.sendsCoveredSince(COVERAGE_KEY));
    clockSample = { redisMs: Number(now), steadyMs: clock.steadyMs() };
    return { nowMs: Number(now), sinceMs: Number(since) };
  }

  async function settle(
    lease: Lease,
    settlement: Settlement,
    mode: "strict" | "late" | `late-${Adoption}`,
  ): Promise<SettleVerdict> {
    const { scope, clientMessageId, bodyHash, after, fence } = lease;
    const sent = settlement.state === "sent" ? settlement : null;
    const keys = [
      scopeKey(scope),
      recordKey(scope, clientMessageId),
      messageKey(scope, sent?.messageId ?? ""),
    ];
    const args = [
      mode === "strict" ? `strict-${sent?.how ?? "named"}` : mode,
      fence,
      clientMessageId,
      bodyHash,
      after ?? "",
      settlement.state,
      sent?.messageId ?? "",
      sent?.createdAt ?? "",
      settlement.sealedSession ?? "",
      Math.ceil(settlement.settleInMs),
      RECORD_TTL_MS,
    ];
    const [verdict] = await run((redis) => redis.settleSend(...keys, ...args));
    if (isSettleVerdict(verdict)) return verdict;
    throw new TypeError(`a settlement was answered with ${verdict}`);
  }

  function toHolder(clientMessageId: string): string {
    return `${clientMessageId} ${replica}`;
  }

  return {
    claim,
    has: async (scope, clientMessageId) =>
      (await run((redis) => redis.exists(recordKey(scope, clientMessageId)))) > 0,
    async renew({ scope, clientMessageId, fence, after }) {
      const keys = [scopeKey(scope), recordKey(scope, clientMessageId)];
      const [verdict] = await run((redis) => redis.renewSend(...keys, fence, LEASE_MS, after ?? ""));
      return verdict === "done";
    },
    settle: (lease, settlement) => settle(lease, settlement, "strict"),
    async settleLate(lease, settlement) {
      await settle(lease, settlement, "late");
    },
    async abandon(scope, clientMessageId) {
      await run((redis) => redis.abandonSend(scopeKey(scope), toHolder(clientMessageId)));
    },
    async adopt(scope, { clientMessageId, bodyHash, messageId, createdAt, sealedSession }, how) {
      const lease = { scope, clientMessageId, bodyHash, after: null, fence: NO_FENCE };
      const sent = {
        state: "sent",
        messageId,
        createdAt,
        sealedSession,
        how: "named",
        settleInMs: 0,
      } as const;
      const verdict = await settle(lease, sent, `late-${how}`);
      return verdict === "lease-lost" ? "done" : verdict;
    },
    async claims(scope, messageIds) {
      if (messageIds.length === 0) return new Map();
      const keys = messageIds.map((messageId) => messageKey(scope, messageId));
      const values = await run((redis) => redis.mget(keys));
      const nowMs = redisNowMs();
      const found = new Map<string, MessageClaim>();
      messageIds.forEach((messageId, index) => {
        const [clientMessageId, createdAt, begunAt] = values[index]?.split(" ") ?? [];
        if (!clientMessageId || !createdAt) return;
        const begunForMs = nowMs !== null && begunAt ? nowMs - Number(begunAt) : null;
        found.set(messageId, { clientMessageId, createdAt, begunForMs });
      });
      return found;
    },
    async forgetSession(scope, sealedSession) {
      await run((redis) => redis.forgetSendSession(scopeKey(scope), sealedSession));
    },
    async coveredForMs() {
      const { nowMs, sinceMs } = await askCoverage(run);
      return withRedisSinceMs === null ? null : nowMs - Math.max(sinceMs, withRedisSinceMs) - LOST_LEASE_MS;
    },
    async learnCoverage(runNow) {
      const { nowMs, sinceMs } = await askCoverage(runNow);
      // Some process may have made claims while Redis was away, and not have written them yet.
      withRedisSinceMs = withRedisSinceMs === null ? sinceMs : nowMs;
    },
  };
}

const CLOCK_SLACK_MS = 350;
const COVERAGE_KEY = "mc:send:since";

/** Matches no lease. */
export const NO_FENCE = -1;

function scopeKey({ key }: ScopeRef): string {
  return `mc:send:{${key}}`;
}

function recordKey(scope: ScopeRef, clientMessageId: string): string {
  return `${scopeKey(scope)}:${clientMessageId}`;
}

function messageKey(scope: ScopeRef, messageId: string): string {
  return `${scopeKey(scope)}:m:${messageId}`;
}

function toState(text: string | undefined): ClaimedRecord["state"] {
  if (text === "new" || text === "unsent" || text === "pending" || text === "accepted") return text;
  throw new TypeError(`a record is in state ${text}`);
}

function isSettleVerdict(text: string | undefined): text is SettleVerdict {
  return text === "done" || text === "lease-lost" || text === "taken" || text === "already-sent";
}
