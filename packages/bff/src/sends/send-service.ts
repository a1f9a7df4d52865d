import type { ChatMessage } from "@mailoo-chat/protocol";
import type { Sender } from "../platform/client.ts";

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
  /** Null: every call is a new message. */
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
  /** A first message: all that come with the same secret key land in the same session. */
  | { readonly kind: "first"; readonly visitorKey: string };

export interface SendOutcome {
  readonly sessionPublicId: string;
  readonly message: ChatMessage;
  /** True where an earlier call had put it there: answered 200 and not 201. */
  readonly replayed: boolean;
}
