import type { ScopeRef } from "./scope.ts";

/**
 * Claims and records sends, so that no two workers send the same message. One worker at a time holds the lease of a scope,
 * over all replicas that share the store. Times are passed as durations, because each side measures them on its own clock.
 *
 * A store holds no text, no token, no visitor key and no session id in clear.
 */
export interface SendStore {
  claim(request: ClaimRequest): Promise<ClaimVerdict>;
  /** Whether a send is on record. */
  has(scope: ScopeRef, clientMessageId: string): Promise<boolean>;
  /** Extends a lease, and records what its send comes after, if that is known. False: the lease is lost. */
  renew(lease: Lease): Promise<boolean>;
  /** Ends a lease and records the outcome of its send. A send that is recorded as sent keeps that state. */
  settle(lease: Lease, settlement: Settlement): Promise<SettleVerdict>;
  /** Records a message without a lease. */
  adopt(scope: ScopeRef, sent: SentRecord, how: Adoption): Promise<AdoptVerdict>;
  /** Which of these messages are recorded in a scope, and for which send. */
  claims(scope: ScopeRef, messageIds: readonly string[]): Promise<ReadonlyMap<string, MessageClaim>>;
  /** Removes a scope's session, if it is still this one: the next first message opens another. */
  forgetSession(scope: ScopeRef, sealedSession: string): Promise<void>;
  /** For how long every claim has been recorded here. Null: not known. */
  coveredForMs(): Promise<number | null>;
}

export interface ClaimRequest {
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  /** Detects an id that is reused with another text. See `SealedScope`. */
  readonly bodyHash: string;
  readonly attempt: number;
  /** The value of the first claim is kept. If that has none, it is the newest message recorded in the scope. */
  readonly after: string | null;
}

export type ClaimVerdict =
  | { readonly kind: "claimed"; readonly lease: Lease; readonly record: ClaimedRecord }
  | { readonly kind: "sent"; readonly sent: SentRecord }
  /**
   * Another message of the scope has opened its session: continue there. If `mayBeSent`, an earlier POST of this send may
   * still be committed for `settleInMs`.
   */
  | {
      readonly kind: "moved";
      readonly sealedSession: string;
      readonly mayBeSent: boolean;
      readonly settleInMs: number;
    }
  /** The id is recorded with another text. */
  | { readonly kind: "reused" }
  /** Another worker holds the lease, for `leaseMs` at most. */
  | {
      readonly kind: "busy";
      readonly leaseMs: number;
      /** If that worker has this very send: what the send comes after, if that is recorded. Null: it has another send. */
      readonly sameSend: { readonly after: string | null } | null;
    }
  /** No room for another record. */
  | { readonly kind: "full" };

export interface Lease {
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly after: string | null;
  /** Increases with every takeover. A write with an older one is refused. */
  readonly fence: number;
}

/** The record of a send when it is claimed. */
export interface ClaimedRecord {
  /**
   * - `new`: nothing is recorded.
   * - `unsent`: certainly not on the platform.
   * - `pending`: may be on the platform.
   * - `accepted`: on the platform, under an id that is not known yet.
   */
  readonly state: "new" | "unsent" | "pending" | "accepted";
  readonly after: string | null;
  /** For how long a POST of any send of this scope may still be committed. */
  readonly settleInMs: number;
  /** With `accepted` in the scope of first messages. */
  readonly sealedSession: string | null;
}

export interface SentRecord {
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** In the scope of first messages: the session that the message opened. Otherwise null. */
  readonly sealedSession: string | null;
}

export interface MessageClaim {
  readonly clientMessageId: string;
  readonly createdAt: string;
  /** How long ago its send began, or its session if it opened one. Null: not known. */
  readonly begunForMs: number | null;
}

/**
 * How a message became known:
 * - `opened`: named by the platform, as the first message of this scope's session.
 * - `named`: named by the platform.
 * - `found`: found in the history.
 */
export type Adoption = "opened" | "named" | "found";

export type Settlement =
  | {
      readonly state: "sent";
      readonly messageId: string;
      readonly createdAt: string;
      readonly sealedSession: string | null;
      readonly how: "named" | "found";
      readonly settleInMs: number;
    }
  | {
      readonly state: "unsent" | "pending" | "accepted";
      readonly sealedSession: string | null;
      readonly settleInMs: number;
    };

export const UNSENT: Settlement = { state: "unsent", sealedSession: null, settleInMs: 0 };

/**
 * - `taken`: the message was found but is recorded for another send, or was named but another send has found it.
 * - `already-sent`: the send is recorded with another message, which stays.
 */
export type AdoptVerdict = "done" | "taken" | "already-sent";

export type SettleVerdict = AdoptVerdict | "lease-lost";

export function toSentRecord(
  { clientMessageId, bodyHash }: Pick<Lease, "clientMessageId" | "bodyHash">,
  { messageId, createdAt, sealedSession }: Settlement & { state: "sent" },
): SentRecord {
  return { clientMessageId, bodyHash, messageId, createdAt, sealedSession };
}
