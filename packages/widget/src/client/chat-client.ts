import type {
  AwayConfig,
  ChatConfig,
  ChatMessage,
  PresenceStatus,
  ProblemCode,
  VisitorClaims,
} from "@mailoo-chat/protocol";
import type { AskedField } from "./asked-fields.ts";

/**
 * The conversation, headless: no DOM. One client serves one BFF; the clients of all tabs on a
 * site share one session, one outbox and one connection through storage.
 *
 * Nothing is requested and nothing is stored before `open()` or `send()` is called, or a stored session is found.
 */
export interface ChatClient {
  /** An immutable snapshot: the same object until something changes. */
  readonly state: ChatState;
  /**
   * Called with the new state after a change, and at most once in 16 ms for a burst of changes. `state` itself is
   * always up to date. Returns the unsubscribe function.
   */
  subscribe(listener: (state: ChatState) => void): () => void;
  /**
   * Called once for each message that is new to this visitor: not for history, not for own messages. Of all tabs of the
   * site only the one that holds the connection calls its listeners.
   */
  onMessage(listener: (message: ChatMessage) => void): () => void;

  /** The visitor wants to talk: load the configuration, and connect if there is a session. */
  open(): void;
  /** The panel is shown and the newest messages are seen: nothing is unread any more, in any tab. */
  markRead(): void;
  /**
   * Queues a text. Resolves when it is confirmed. Rejects with `ChatError` if it cannot be sent at all (empty, too
   * long, no room) and is not kept, and if it was given up, discarded, or the session ended: then it stays in the timeline
   * as `failed` until it is retried or discarded. Texts are sent in the order written; one that is being retried holds
   * up those behind it, one that has failed does not.
   */
  send(text: string): Promise<ChatMessage>;
  retry(clientMessageId: string): void;
  discard(clientMessageId: string): void;
  /**
   * Says who the visitor is. Unusable claims are ignored. Kept with the conversation, except for the token; texts that
   * wait for these claims are sent. Null: nobody is signed in. That ends the conversation of a visitor who was signed in, in
   * this browser, as `reset()` does.
   */
  identify(visitor: VisitorClaims | null): void;
  /** The same, from the visitor themselves, as in a form: forgotten with the conversation. */
  answer(claims: VisitorClaims): void;
  /** The language of the texts in the configuration, which is loaded again if it was. */
  setLocale(locale: string): void;
  /** The visitor does not want to give an address while nobody is there. Not asked again in this conversation. */
  declineEmail(): void;
  /** Forgets the conversation in memory, storage and other tabs. */
  reset(): void;
  /** The same, to begin another conversation: whom `identify()` has named stays. If the BFF keeps the conversations of signed-in visitors, it ends this one there. */
  startNew(): void;
  /** Stops everything. The stored session stays. Idempotent. */
  close(): void;
}

export interface ChatState {
  /** Null until loaded. */
  readonly config: ChatConfig | null;
  readonly timeline: readonly TimelineEntry[];
  readonly connection: ConnectionState;
  readonly status: PresenceStatus;
  readonly unread: number;
  /** Id of the first unread message when the panel was opened last: where the separator stands. Null for none. */
  readonly firstUnreadId: string | null;
  /** There is a session to continue. */
  readonly hasSession: boolean;
  /** The session whose messages these are; null before there is one. */
  readonly sessionPublicId: string | null;
  /** Older messages exist that are not shown. */
  readonly truncated: boolean;
  /** What the visitor is to be asked before their next text can go out; none where all is answered. */
  readonly asked: readonly AskedField[];
  /**
   * The visitor is to be asked for an address with their next text, since nobody is there; undefined: they are not. Nothing
   * waits for it: `identify()` or `declineEmail()` before that text is sent.
   */
  readonly awayEmail: AwayConfig["email"];
  /** The BFF did not take the identity token: texts go out without it. */
  readonly isIdentityRefused: boolean;
  /** What the visitor should be told now; null where all is well. */
  readonly notice: ChatNotice | null;
}

/** `offline` only after a grace period; `ended` offers a new conversation. */
export type ChatNotice =
  | { readonly kind: "offline" }
  | { readonly kind: "rate-limited"; readonly retryInMs: number }
  | { readonly kind: "ended"; readonly reason: EndReason };

/**
 * A message of the conversation. `key` stays the same from the optimistic bubble to the confirmed message.
 * Confirmed entries stand in the platform's order; own unconfirmed ones come last, in the order they were written.
 */
export interface TimelineEntry {
  readonly key: string;
  /** The `clientMessageId` until confirmed, then the platform's id. */
  readonly id: string;
  readonly author: "visitor" | "owner" | "system";
  readonly authorName: string | null;
  readonly content: string;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  readonly state: DeliveryState;
  /** Why it failed; null otherwise. */
  readonly failure: ChatErrorCode | null;
}

/** `waiting`: queued, not on its way. `sending`: on its way. `failed`: given up until the visitor retries. */
export type DeliveryState = "sent" | "sending" | "waiting" | "failed";

export type TransportName = "socket" | "long-poll" | "poll";

export type ConnectionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly transport: TransportName; readonly attempt: number }
  | { readonly name: "online"; readonly transport: TransportName }
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly retryInMs: number;
      readonly cause: "lost" | "refused" | "timeout" | "silence" | "asked" | "busy";
    }
  | { readonly name: "offline"; readonly attempt: number }
  | { readonly name: "ended"; readonly reason: EndReason };

export type EndReason = "session-not-found" | "session-closed" | "token-rejected" | "origin-not-allowed";

/** Codes of the wire, and of what goes wrong before it. */
export type ChatErrorCode =
  | ProblemCode
  | "empty"
  | "too-long"
  | "forbidden-character"
  | "network"
  | "discarded"
  | "closed"
  | "not-loaded";
