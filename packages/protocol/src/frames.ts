import type { PresenceStatus } from "./chat-config.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { MessagePage } from "./exchanges.ts";

/** The WebSocket subprotocol of `{base}/ws`. */
export const SUBPROTOCOL = "mailoo-chat.v1";

/** Where the feed stands with the platform when a socket becomes ready. */
export type UpstreamState = "ok" | "catching-up";

export interface HelloFrame {
  readonly type: "hello";
  readonly token: string;
  /** A cursor, or an RFC 3339 time. Left out or null: the newest page. */
  readonly since?: string | null | undefined;
  /** What was missed is to come in `page` frames. Left out: in `ready`, and behind it in `message` frames. */
  readonly pages?: boolean | undefined;
}

export type ClientFrame = HelloFrame | { readonly type: "pong" };

export interface ReadyFrame extends MessagePage {
  readonly type: "ready";
  readonly heartbeatMs: number;
  readonly upstream: UpstreamState;
  /** Where `more` is true, the rest follows in `page` frames and need not be asked for. */
  readonly pages?: boolean;
}

/** Part of what was missed, in order, small enough for slow networks. The last one has `more` false. */
export interface PageFrame extends MessagePage {
  readonly type: "page";
}

export interface MessageFrame {
  readonly type: "message";
  readonly message: ChatMessage;
  readonly cursor: string;
}

/** What the server sends. Receivers ignore types that they do not know. */
export type ServerFrame =
  | ReadyFrame
  | PageFrame
  | MessageFrame
  | { readonly type: "status"; readonly status: PresenceStatus }
  | { readonly type: "ping" }
  | { readonly type: "session"; readonly state: "closed" }
  | { readonly type: "reconnect"; readonly afterMs: number };
