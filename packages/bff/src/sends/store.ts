import type { ScopeRef, SealedScope } from "./scope.ts";

/**
 * Where sends are claimed and recorded, so that no two workers put the same message on the platform. A scope is
 * worked on by one lease at a time, on all replicas that share the store. Times pass this interface as durations:
 * each side measures them on its own clock.
 *
 * A store holds no text, no token, no visitor key and no session id in the clear.
 */
export interface SendStore {
  /** What the store keeps of a text, to tell whether an id comes with the same one again. */
  hashBody(scope: SealedScope, content: string): string;
  claim(request: ClaimRequest): Promise<ClaimVerdict>;
  /** Prolongs a lease and records what its send comes after, if known. False: the lease is lost. */
  renew(lease: Lease): Promise<boolean>;
  /** Ends a lease with what became of the send. A send that is recorded as sent stays so. */
  settle(lease: Lease, settlement: Settlement): Promise<SettleVerdict>;
  /** Records a message without a lease. A send that is recorded as sent stays so. */
  adopt(scope: ScopeRef, sent: SentRecord, how: Adoption): Promise<"done" | "taken">;
  /** Which of these messages are recorded in a scope, and for which send. */
  claims(scope: ScopeRef, messageIds: readonly string[]): Promise<ReadonlyMap<string, MessageClaim>>;
  /** Cuts a scope from its session, if that is still the one: the next first message opens another. */
  forgetSession(scope: ScopeRef, sealedSession: string): Promise<void>;
  /** For so long every claim has been recorded here. Null: not known. */
  coveredForMs(): Promise<number | null>;
}

export interface ClaimRequest {
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly attempt: number;
  /** Kept from the first claim on; where a first attempt does not say, the newest message recorded in the scope. */
  readonly after: string | null;
}

export type ClaimVerdict =
  | { readonly kind: "claimed"; readonly lease: Lease; readonly record: ClaimedRecord }
  | { readonly kind: "sent"; readonly sent: SentRecord }
  /**
   * The scope has led to a session meanwhile: go on there. A POST of this send from before that session was known
   * may still be committed for `settleInMs`.
   */
  | {
      readonly kind: "moved";
      readonly sealedSession: string;
      readonly inDoubt: boolean;
      readonly settleInMs: number;
    }
  /** The id stands for another text. */
  | { readonly kind: "reused" }
  /** Another worker has the scope; in `leaseMs` at the latest it can be taken over. */
  | {
      readonly kind: "busy";
      readonly leaseMs: number;
      /** If that worker is about this very send: what the send comes after. Null: another send, or not known. */
      readonly sameSendAfter: string | null;
    }
  /** No room for another record. */
  | { readonly kind: "full" };

export interface Lease {
  readonly scope: ScopeRef;
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly after: string | null;
  /** Rises with every takeover; a write with an old one is refused. */
  readonly fence: number;
}

/** What is known of a send when it is claimed. */
export interface ClaimedRecord {
  /**
   * - `new`: nothing is recorded.
   * - `unsent`: surely not on the platform.
   * - `pending`: may be on the platform.
   * - `accepted`: is on the platform, under an id that is not known yet.
   */
  readonly state: "new" | "unsent" | "pending" | "accepted";
  readonly after: string | null;
  /** For so long a POST of this scope, of whichever send, may still be committed without our knowing. */
  readonly settleInMs: number;
  /** With `accepted` in a first scope. */
  readonly sealedSession: string | null;
}

export interface SentRecord {
  readonly clientMessageId: string;
  readonly bodyHash: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** In a first scope the session that the message opened; else null. */
  readonly sealedSession: string | null;
}

export interface MessageClaim {
  readonly clientMessageId: string;
  readonly createdAt: string;
  /** How long ago its send began, or its session if it opened one. Null: not known, or not on record. */
  readonly begunForMs: number | null;
}

/**
 * - `opened`: the platform has named it, as the first message of this scope's session.
 * - `named`: the platform has named it.
 * - `found`: in the history; refused as `taken` if another send has the message.
 */
export type Adoption = "opened" | "named" | "found";

export type Settlement =
  | {
      readonly state: "sent";
      readonly messageId: string;
      readonly createdAt: string;
      readonly sealedSession: string | null;
      /** Found in the history and not named by the platform: refused as `taken` if another send has it. */
      readonly reconciled: boolean;
      readonly settleInMs: number;
    }
  | { readonly state: "unsent" }
  | {
      readonly state: "pending" | "accepted";
      readonly sealedSession: string | null;
      readonly settleInMs: number;
    };

export type SettleVerdict = "done" | "lease-lost" | "taken";
