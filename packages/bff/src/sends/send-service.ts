import type { ChatMessage } from "@mailoo-chat/protocol";
import type { Sender } from "../mailoo/mailoo-client.ts";

/** Puts a visitor's message on the platform exactly once, whatever fails on the way. */
export interface SendService {
  /**
   * Resolves when the message is known to be on the platform. Rejects with a `ProblemError`:
   * `client_message_id_reused`, `session_not_found`, `session_closed`, `rate_limited`, `upstream_rejected`, `upstream_unavailable`,
   * `upstream_timeout` (outcome still unknown after 20 s: the record stays pending), `overloaded`, `draining`.
   */
  submit(send: Send): Promise<SendOutcome>;
  /** Sends in flight. */
  readonly size: number;
  /** New sends are refused with `draining`; those open are finished, or after `graceMs` answered `draining` with their records left pending. */
  drain(graceMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface Send {
  readonly scope: SendScope;
  /** Null: the caller does not care for retries; every call is a new message (except in the anonymous scope, where equal bodies within 60 s are one). */
  readonly clientMessageId: string | null;
  readonly attempt: number;
  readonly after: string | null;
  /** As `normaliseContent` leaves it. */
  readonly content: string;
  readonly origin: string;
  readonly sender: Sender | null;
}

/** Within which a `clientMessageId` names one message. */
export type SendScope =
  /** A session that the caller holds a token for. */
  | { readonly kind: "session"; readonly sessionPublicId: string }
  /** A first message: whoever comes with the same key lands in the same session. */
  | { readonly kind: "first"; readonly visitorKey: string }
  /** A first message without a key: the same address, origin, id and body within 60 s are one. */
  | { readonly kind: "anonymous"; readonly address: string };

export interface SendOutcome {
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  /** True where an earlier call had put it there: answered 200 and not 201. */
  readonly replayed: boolean;
}
