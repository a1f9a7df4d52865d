import { LRUCache } from "lru-cache";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { ScopeRef } from "./scope.ts";
import {
  type Adoption,
  type AdoptVerdict,
  type ClaimRequest,
  type ClaimVerdict,
  type Lease,
  type MessageClaim,
  type SendStore,
  type SentRecord,
  type Settlement,
  type SettleVerdict,
  toSentRecord,
} from "./store.ts";
import { LEASE_MS, RECORD_TTL_MS, SETTLE_AFTER_LEASE_MS } from "./timing.ts";

export interface MemorySendStoreOptions {
  /**
   * Maximum number of records. When full, the oldest record of the first of these kinds is dropped:
   *
   * 1. sent in an existing session: if it is retried, its message is found in the history;
   * 2. not sent, and no POST can change that;
   * 3. sent as the first message of a session: only its record leads back to the session.
   *
   * @default 20_000
   */
  readonly maxRecords?: number;
  readonly clock?: Clock;
}

/**
 * The store of a single process. Same rules as the store on Redis, but its data is lost when the process ends.
 */
export function createMemorySendStore(options: MemorySendStoreOptions = {}): SendStore {
  const { maxRecords = 20_000, clock = systemClock } = options;
  const scopes = new Map<string, Scope>();
  // Not a Set: repeatedly deleting the oldest entry of a large Set is slow, because iteration skips the deleted slots.
  const sentRecords = new LRUCache<StoredRecord, StoredRecord>({ max: maxRecords });
  const openingRecords = new Set<StoredRecord>();
  const openRecords = new Set<StoredRecord>();
  const startedAtMs = clock.steadyMs();
  let lastFence = 0;

  function claim(request: ClaimRequest): ClaimVerdict {
    const nowMs = clock.steadyMs();
    const known = findRecord(request.scope, request.clientMessageId, nowMs);
    const scope = scopeOf(request.scope);
    if (known && known.bodyHash !== request.bodyHash) return { kind: "reused" };
    if (known?.sent) return { kind: "sent", sent: known.sent };

    const { holder } = scope;
    if (holder && holder.leaseUntilMs > nowMs) {
      const sameSend = holder.record === known ? { after: known.after } : null;
      return { kind: "busy", leaseMs: holder.leaseUntilMs - nowMs, sameSend };
    }
    if (holder) endExpiredLease(scope, holder);

    const settleInMs = Math.max(0, scope.settleUntilMs - nowMs);
    if (scope.sealedSession !== null && known?.state !== "accepted") {
      const mayBeSent = known?.state === "pending";
      return { kind: "moved", sealedSession: scope.sealedSession, mayBeSent, settleInMs };
    }

    const record = known ?? addRecord(scope, request, nowMs);
    if (record === null) return { kind: "full" };
    const state = known ? known.state : "new";
    const { sealedSession, after } = record;
    record.state = state === "accepted" ? "accepted" : "pending";
    lastFence += 1;
    scope.holder = { record, fence: lastFence, leaseUntilMs: nowMs + LEASE_MS };
    return {
      kind: "claimed",
      lease: {
        scope: request.scope,
        clientMessageId: record.clientMessageId,
        bodyHash: record.bodyHash,
        after,
        fence: lastFence,
      },
      record: { state, after, settleInMs, sealedSession },
    };
  }

  function settle(lease: Lease, settlement: Settlement): SettleVerdict {
    const nowMs = clock.steadyMs();
    const scope = scopes.get(lease.scope.key);
    const holder = scope?.holder;
    if (!scope || !holder || holder.fence !== lease.fence) return "lease-lost";
    const { record } = holder;

    if (record.sent) {
      // The send was adopted meanwhile.
      scope.holder = null;
      const isOther = settlement.state === "sent" && settlement.messageId !== record.sent.messageId;
      return isOther ? "already-sent" : "done";
    }
    if (settlement.state === "sent") {
      if (isTaken(scope, settlement.messageId, record, settlement.how)) return "taken";
      markSent(scope, record, toSentRecord(record, settlement), settlement.how);
    } else {
      record.state = settlement.state;
      record.sealedSession = settlement.sealedSession ?? record.sealedSession;
      scope.sealedSession = record.sealedSession ?? scope.sealedSession;
    }
    const { settleInMs } = settlement;
    if (settleInMs > 0) scope.settleUntilMs = Math.max(scope.settleUntilMs, nowMs + settleInMs);
    scope.holder = null;
    return "done";
  }

  function adopt(ref: ScopeRef, sent: SentRecord, how: Adoption): AdoptVerdict {
    const nowMs = clock.steadyMs();
    const { clientMessageId, bodyHash } = sent;
    const known = findRecord(ref, clientMessageId, nowMs);
    if (known?.sent) return known.sent.messageId === sent.messageId ? "done" : "already-sent";
    const scope = scopeOf(ref);
    if (isTaken(scope, sent.messageId, known, how)) return "taken";
    // A message that was not the first may be of any attempt.
    const attempt = how === "opened" ? 1 : 2;
    const request = { scope: ref, clientMessageId, bodyHash, attempt, after: null };
    const record = known ?? addRecord(scope, request, nowMs);
    if (record) markSent(scope, record, sent, how);
    return "done";
  }

  /** A new scope is stored together with its first record. */
  function scopeOf(ref: ScopeRef): Scope {
    return (
      scopes.get(ref.key) ?? {
        key: ref.key,
        records: new Map(),
        claims: new Map(),
        holder: null,
        settleUntilMs: Number.NEGATIVE_INFINITY,
        sealedSession: null,
        lastMessageId: null,
      }
    );
  }

  function findRecord(ref: ScopeRef, clientMessageId: string, nowMs: number): StoredRecord | null {
    const record = scopes.get(ref.key)?.records.get(clientMessageId);
    if (!record) return null;
    if (record.expiresAtMs > nowMs || record.scope.holder?.record === record) return record;
    removeRecord(record);
    return null;
  }

  /** Null: there is no room. */
  function addRecord(scope: Scope, request: ClaimRequest, nowMs: number): StoredRecord | null {
    const size = sentRecords.size + openingRecords.size + openRecords.size;
    if (size >= maxRecords && !evictOne(nowMs)) return null;
    const record: StoredRecord = {
      scope,
      clientMessageId: request.clientMessageId,
      bodyHash: request.bodyHash,
      after: request.after ?? (request.attempt === 1 ? scope.lastMessageId : null),
      expiresAtMs: nowMs + RECORD_TTL_MS,
      state: "pending",
      sealedSession: null,
      sent: null,
      found: false,
      begunAtMs: request.attempt === 1 ? nowMs : null,
    };
    scopes.set(scope.key, scope);
    scope.records.set(record.clientMessageId, record);
    openRecords.add(record);
    return record;
  }

  function markSent(scope: Scope, record: StoredRecord, sent: SentRecord, how: Adoption): void {
    record.sent = sent;
    record.found = how === "found";
    scope.sealedSession = sent.sealedSession ?? scope.sealedSession;
    scope.lastMessageId = sent.messageId;
    if (!scope.claims.has(sent.messageId)) scope.claims.set(sent.messageId, record);
    openRecords.delete(record);
    if (sent.sealedSession === null) sentRecords.set(record, record);
    else openingRecords.add(record);
  }

  function evictOne(nowMs: number): boolean {
    const oldestSent = sentRecords.pop();
    if (oldestSent) return removeRecord(oldestSent);
    const [oldestOpening] = openingRecords;
    const atRest = [...openRecords].filter((record) => isAtRest(record, nowMs));
    const evicted = atRest.find(({ sealedSession }) => sealedSession === null) ?? oldestOpening ?? atRest[0];
    return evicted !== undefined && removeRecord(evicted);
  }

  function removeRecord(record: StoredRecord): true {
    const { scope } = record;
    sentRecords.delete(record);
    openingRecords.delete(record);
    openRecords.delete(record);
    scope.records.delete(record.clientMessageId);
    if (record.sent && scope.claims.get(record.sent.messageId) === record) {
      scope.claims.delete(record.sent.messageId);
    }
    if (scope.records.size === 0) scopes.delete(scope.key);
    return true;
  }

  return {
    claim: async (request) => claim(request),
    has: async (scope, clientMessageId) => findRecord(scope, clientMessageId, clock.steadyMs()) !== null,
    async renew(lease) {
      const holder = scopes.get(lease.scope.key)?.holder;
      if (!holder || holder.fence !== lease.fence) return false;
      holder.leaseUntilMs = clock.steadyMs() + LEASE_MS;
      holder.record.after = lease.after ?? holder.record.after;
      return true;
    },
    settle: async (lease, settlement) => settle(lease, settlement),
    adopt: async (scope, sent, how) => adopt(scope, sent, how),
    async claims(ref, messageIds) {
      const found = new Map<string, MessageClaim>();
      const scope = scopes.get(ref.key);
      for (const messageId of messageIds) {
        const record = scope?.claims.get(messageId);
        if (!record?.sent) continue;
        const { clientMessageId, createdAt } = record.sent;
        const begunForMs = record.begunAtMs === null ? null : clock.steadyMs() - record.begunAtMs;
        found.set(messageId, { clientMessageId, createdAt, begunForMs });
      }
      return found;
    },
    async forgetSession(ref, sealedSession) {
      const scope = scopes.get(ref.key);
      if (scope?.sealedSession === sealedSession) scope.sealedSession = null;
    },
    coveredForMs: async () => clock.steadyMs() - startedAtMs,
  };
}

interface Scope {
  readonly key: string;
  readonly records: Map<string, StoredRecord>;
  /** By message id. */
  readonly claims: Map<string, StoredRecord>;
  holder: { readonly record: StoredRecord; readonly fence: number; leaseUntilMs: number } | null;
  settleUntilMs: number;
  sealedSession: string | null;
  lastMessageId: string | null;
}

interface StoredRecord {
  readonly scope: Scope;
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly expiresAtMs: number;
  after: string | null;
  state: "unsent" | "pending" | "accepted";
  sealedSession: string | null;
  sent: SentRecord | null;
  /** Its message was found in the history. */
  found: boolean;
  /** When the first attempt was claimed; null if unknown. */
  readonly begunAtMs: number | null;
}

function isTaken(scope: Scope, messageId: string, by: StoredRecord | null, how: Adoption): boolean {
  const claimedBy = scope.claims.get(messageId);
  if (claimedBy === undefined || claimedBy === by) return false;
  return how === "found" || (how === "named" && claimedBy.found);
}

/** The holder is lost, and its last POST may still be committed. */
function endExpiredLease(scope: Scope, holder: { leaseUntilMs: number }): void {
  scope.settleUntilMs = Math.max(scope.settleUntilMs, holder.leaseUntilMs + SETTLE_AFTER_LEASE_MS);
  scope.holder = null;
}

function isAtRest({ scope, state }: StoredRecord, nowMs: number): boolean {
  return scope.holder === null && (state === "unsent" || scope.settleUntilMs <= nowMs);
}
