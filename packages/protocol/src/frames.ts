import type { PresenceStatus } from "./chat-config.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { MessagePage } from "./exchanges.ts";

/** The WebSocket subprotocol of `{base}/ws`. */
export const SUBPROTOCOL = "mailoo-chat.v1";

/** Whether the feed is in sync with the platform when a socket becomes ready. */
export type UpstreamState = "ok" | "catching-up";

export interface HelloFrame {
  readonly type: "hello";
  readonly token: string;
  /** A cursor, or an RFC 3339 time. Left out or null: the newest page. */
  readonly since?: string | null | undefined;
  /** Requests missed messages in `page` frames. If left out: in `ready`, then in `message` frames. */
  readonly pages?: boolean | undefined;
}

export type ClientFrame = HelloFrame | { readonly type: "pong" };

export interface ReadyFrame extends MessagePage {
  readonly type: "ready";
  readonly heartbeatMs: number;
  readonly upstream: UpstreamState;
  /** If `more` is true, the rest follows in `page` frames without a request. */
  readonly pages?: boolean;
}

/** A part of the missed messages, in order, small enough for slow networks. The last has `more` false. */
export interface PageFrame extends MessagePage {
  readonly type: "page";
}

export interface MessageFrame {
  readonly type: "message";
  readonly message: ChatMessage;
  readonly cursor: string;
}

/** Frames from the server. Receivers ignore unknown types. */
export type ServerFrame =
  | ReadyFrame
  | PageFrame
  | MessageFrame
  | { readonly type: "status"; readonly status: PresenceStatus }
  | { readonly type: "ping" }
  | { readonly type: "session"; readonly state: "closed" }
  | { readonly type: "reconnect"; readonly afterMs: number };
