import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { ScopeRef } from "./scope.ts";
import type { ClaimVerdict, Lease, SendStore, SentRecord, Settlement, SettleVerdict } from "./store.ts";
import { COMMIT_MS } from "./timing.ts";

export interface OwnKnowledgeOptions {
  readonly clock: Clock;
  /** Most scopes remembered; those unused for longest go first. @default 10_000 */
  readonly maxScopes?: number;
}

/**
 * A store that may lose its data, together with what this process knows of its own sends. Once a POST of a send has left,
 * or its message has an id, this process never takes the send for new, even if the store does.
 *
 * The store stays the place where replicas meet. It is told again what it has lost whenever that comes up.
 */
export function withOwnKnowledge(store: SendStore, options: OwnKnowledgeOptions): SendStore {
  const { clock, maxScopes = 10_000 } = options;
  const scopes = new LRUCache<string, KnownScope>({ max: maxScopes });

  function scopeOf({ key }: ScopeRef): KnownScope {
    const known = scopes.get(key);
    if (known) return known;
    const scope = { sends: new Map(), settleUntilMs: Number.NEGATIVE_INFINITY, sealedSession: null };
    scopes.set(key, scope);
    return scope;
  }

  function remember({ scope: ref, clientMessageId, bodyHash, after }: Lease, settlement: Settlement): void {
    const scope = scopeOf(ref);
    if (scope.sends.get(clientMessageId)?.sent) return;
    const { sealedSession, settleInMs } =
      settlement.state === "unsent" ? { sealedSession: null, settleInMs: 0 } : settlement;
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

  /** What a claim has granted, and what the store would have said if it had lost nothing. */
  async function amend(
    granted: ClaimVerdict & { kind: "claimed" },
    scope: KnownScope,
  ): Promise<ClaimVerdict> {
    const { lease, record } = granted;
    const sends = [...scope.sends.values()];
    const found = scope.sends.get(lease.clientMessageId);
    const known = found?.state === "sent" ? undefined : found;
    // The store has lost the send, and with it what other processes may have done for it since.
    const lostForMs = known && record.state === "new" ? ((await store.coveredForMs()) ?? 0) : COMMIT_MS;
    const knownSettleInMs = scope.settleUntilMs - clock.steadyMs();
    const settleInMs = Math.max(record.settleInMs, knownSettleInMs, COMMIT_MS - lostForMs);
    const state = known && RANK[known.state] > RANK[record.state] ? known.state : record.state;
    if (scope.sealedSession !== null && state !== "accepted") {
      const { sealedSession } = scope;
      const inDoubt = state === "pending";
      await store.settle(lease, inDoubt ? { state, sealedSession, settleInMs } : { state: "unsent" });
      const opener = sends.find(({ sent }) => sent?.sealedSession === sealedSession)?.sent;
      if (opener) await store.adopt(lease.scope, opener, "named");
      return { kind: "moved", sealedSession, inDoubt, settleInMs };
    }
    const after = record.after ?? known?.after ?? null;
    const sealedSession = record.sealedSession ?? known?.sealedSession ?? null;
    const whole = { ...lease, after };
    if (after !== record.after) await store.renew(whole);
    return { kind: "claimed", lease: whole, record: { state, after, settleInMs, sealedSession } };
  }

  return {
    hashBody: store.hashBody,
    async claim(request) {
      const scope = scopes.get(request.scope.key);
      const known = scope?.sends.get(request.clientMessageId);
      if (known && known.bodyHash !== request.bodyHash) return { kind: "reused" };
      if (known?.sent) {
        await store.adopt(request.scope, known.sent, "named");
        return { kind: "sent", sent: known.sent };
      }
      const verdict = await store.claim(request);
      if (!scope) return verdict;
      if (verdict.kind === "claimed") return amend(verdict, scope);
      if (verdict.kind === "moved") scope.sealedSession = verdict.sealedSession;
      return verdict;
    },
    renew: store.renew,
    async settle(lease, settlement) {
      const verdict = await settleAnyway(store, lease, settlement);
      if (verdict !== "taken") remember(lease, settlement);
      return verdict;
    },
    async adopt(scope, sent, how) {
      const verdict = await store.adopt(scope, sent, how);
      if (verdict === "done") {
        const { clientMessageId, bodyHash } = sent;
        const lease = { scope, clientMessageId, bodyHash, after: null, fence: 0 };
        remember(lease, { ...sent, state: "sent", reconciled: how === "found", settleInMs: 0 });
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
    coveredForMs: store.coveredForMs,
  };
}

/** A conversation of that length is rare, and its older sends are found in the history. */
const MAX_SENDS_PER_SCOPE = 200;

const RANK = { new: 0, unsent: 0, pending: 1, accepted: 2 } as const;

interface KnownScope {
  readonly sends: Map<string, KnownSend>;
  settleUntilMs: number;
  sealedSession: string | null;
}

type KnownSend = {
  readonly bodyHash: string;
  readonly after: string | null;
  readonly sealedSession: string | null;
} & (
  | { readonly state: "sent"; readonly sent: SentRecord }
  | { readonly state: "unsent" | "pending" | "accepted"; readonly sent: null }
);

/** A message with an id is recorded whoever has the lease by now. */
async function settleAnyway(store: SendStore, lease: Lease, settlement: Settlement): Promise<SettleVerdict> {
  const verdict = await store.settle(lease, settlement);
  if (verdict !== "lease-lost" || settlement.state !== "sent") return verdict;
  return store.adopt(lease.scope, toSentRecord(lease, settlement), settlement.reconciled ? "found" : "named");
}

function toSentRecord(
  { clientMessageId, bodyHash }: Pick<Lease, "clientMessageId" | "bodyHash">,
  { messageId, createdAt, sealedSession }: Settlement & { state: "sent" },
): SentRecord {
  return { clientMessageId, bodyHash, messageId, createdAt, sealedSession };
}
