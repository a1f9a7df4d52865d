import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { ScopeRef } from "./scope.ts";
import {
  type ClaimVerdict,
  type Lease,
  type SendStore,
  type SentRecord,
  type Settlement,
  type SettleVerdict,
  toSentRecord,
  UNSENT,
} from "./store.ts";
import { COMMIT_MS } from "./timing.ts";

/**
 * Wraps a store that may lose its data, and adds what this process has recorded itself. So this process never treats a
 * posted send as new, even if the store does. The store still coordinates the replicas: a record that it has lost is written
 * again when it is needed.
 */
export function withLocalRecords(store: SendStore, clock: Clock): SendStore {
  const scopes = new LRUCache<string, LocalScope>({ max: MAX_SCOPES });

  function scopeOf({ key }: ScopeRef): LocalScope {
    const known = scopes.get(key);
    if (known) return known;
    const scope = { sends: new Map(), settleUntilMs: Number.NEGATIVE_INFINITY, sealedSession: null };
    scopes.set(key, scope);
    return scope;
  }

  function remember({ scope: ref, clientMessageId, bodyHash, after }: Lease, settlement: Settlement): void {
    const scope = scopeOf(ref);
    if (scope.sends.get(clientMessageId)?.sent) return;
    const { sealedSession, settleInMs } = settlement;
    const common = { bodyHash, after, sealedSession };
    scope.sends.delete(clientMessageId);
    scope.sends.set(
      clientMessageId,
      settlement.state === "sent"
        ? { ...common, state: "sent", sent: toSentRecord({ clientMessageId, bodyHash }, settlement) }
        : { ...common, state: settlement.state, sent: null },
    );
    scope.settleUntilMs = Math.max(scope.settleUntilMs, clock.steadyMs() + settleInMs);
    scope.sealedSession = sealedSession ?? scope.sealedSession;
    const [oldestId] = scope.sends.keys();
    if (scope.sends.size > MAX_SENDS_PER_SCOPE && oldestId !== undefined) scope.sends.delete(oldestId);
  }

  /** The verdict that the store would have given without the data loss. */
  async function amend(
    { lease, record }: ClaimVerdict & { kind: "claimed" },
    scope: LocalScope,
  ): Promise<ClaimVerdict> {
    const found = scope.sends.get(lease.clientMessageId);
    const local = found?.state === "sent" ? undefined : found;
    // If the store has lost the send, it has also lost what other processes have recorded about it since.
    const coveredForMs = local && record.state === "new" ? ((await store.coveredForMs()) ?? 0) : COMMIT_MS;
    const settleInMs = Math.max(
      record.settleInMs,
      scope.settleUntilMs - clock.steadyMs(),
      COMMIT_MS - coveredForMs,
    );
    const state = local && RANK[local.state] > RANK[record.state] ? local.state : record.state;
    if (scope.sealedSession !== null && state !== "accepted") {
      const { sealedSession } = scope;
      const mayBeSent = state === "pending";
      await store.settle(lease, mayBeSent ? { state, sealedSession, settleInMs } : UNSENT);
      const opener = [...scope.sends.values()].find(({ sent }) => sent?.sealedSession === sealedSession);
      if (opener?.sent) await store.adopt(lease.scope, opener.sent, "named");
      return { kind: "moved", sealedSession, mayBeSent, settleInMs };
    }
    const after = record.after ?? local?.after ?? null;
    const sealedSession = record.sealedSession ?? local?.sealedSession ?? null;
    const amended = { ...lease, after };
    if (after !== record.after) await store.renew(amended);
    return { kind: "claimed", lease: amended, record: { state, after, settleInMs, sealedSession } };
  }

  return {
    ...store,
    async claim(request) {
      const scope = scopes.get(request.scope.key);
      const local = scope?.sends.get(request.clientMessageId);
      if (local && local.bodyHash !== request.bodyHash) return { kind: "reused" };
      if (local?.sent) {
        const verdict = await store.adopt(request.scope, local.sent, "named");
        if (verdict === "done") return { kind: "sent", sent: local.sent };
        // The store has a different record. It takes precedence, because the other replicas use it.
        scope?.sends.delete(request.clientMessageId);
      }
      const verdict = await store.claim(request);
      if (!scope) return verdict;
      if (verdict.kind === "claimed") return amend(verdict, scope);
      if (verdict.kind === "moved") scope.sealedSession = verdict.sealedSession;
      return verdict;
    },
    has: async (scope, clientMessageId) =>
      scopes.get(scope.key)?.sends.has(clientMessageId) || store.has(scope, clientMessageId),
    async settle(lease, settlement) {
      const verdict = await settleAnyway(store, lease, settlement);
      if (verdict === "done" || verdict === "lease-lost") remember(lease, settlement);
      return verdict;
    },
    async adopt(scope, sent, how) {
      const verdict = await store.adopt(scope, sent, how);
      if (verdict === "done") {
        const { clientMessageId, bodyHash } = sent;
        const lease = { scope, clientMessageId, bodyHash, after: null, fence: 0 };
        remember(lease, { ...sent, state: "sent", how: "named", settleInMs: 0 });
      }
      return verdict;
    },
    async claims(ref, messageIds) {
      const claims = new Map(await store.claims(ref, messageIds));
      for (const { sent } of scopes.get(ref.key)?.sends.values() ?? []) {
        if (!sent || !messageIds.includes(sent.messageId)) continue;
        const { clientMessageId, createdAt } = sent;
        const begunForMs = claims.get(sent.messageId)?.begunForMs ?? null;
        claims.set(sent.messageId, { clientMessageId, createdAt, begunForMs });
      }
      return claims;
    },
    async forgetSession(ref, sealedSession) {
      const scope = scopes.get(ref.key);
      if (scope?.sealedSession === sealedSession) scope.sealedSession = null;
      await store.forgetSession(ref, sealedSession);
    },
  };
}

/** The least recently used scopes are dropped first. */
const MAX_SCOPES = 10_000;
/** Longer conversations are rare, and their older sends are found in the history. */
const MAX_SENDS_PER_SCOPE = 200;

const RANK = { new: 0, unsent: 0, pending: 1, accepted: 2 } as const;

interface LocalScope {
  readonly sends: Map<string, LocalSend>;
  settleUntilMs: number;
  sealedSession: string | null;
}

type LocalSend = {
  readonly bodyHash: string;
  readonly after: string | null;
  readonly sealedSession: string | null;
} & (
  | { readonly state: "sent"; readonly sent: SentRecord }
  | { readonly state: "unsent" | "pending" | "accepted"; readonly sent: null }
);

/** A message with an id is recorded even if the lease is lost. */
async function settleAnyway(store: SendStore, lease: Lease, settlement: Settlement): Promise<SettleVerdict> {
  const verdict = await store.settle(lease, settlement);
  if (verdict !== "lease-lost" || settlement.state !== "sent") return verdict;
  return store.adopt(lease.scope, toSentRecord(lease, settlement), settlement.how);
}
