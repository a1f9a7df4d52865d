import type { ChatMessage, PresenceStatus, VisitorClaims } from "@mailoo-chat/protocol";
import type { ConnectionState } from "./client/chat-client.ts";

/** The handle of a widget: what `createChatWidget()` returns and what `window.MailooChat` carries. */
export interface ChatWidget {
  /** Opens the panel. Does nothing while the widget is hidden. */
  open(): void;
  close(): void;
  toggle(): void;
  /** Shows the widget again after `hide()`. */
  show(): void;
  /** Takes launcher and panel off the screen; the connection stays. */
  hide(): void;
  /** Sends a text as the visitor. Resolves when it is confirmed; rejects with an error that has a `code`. */
  send(text: string): Promise<ChatMessage>;
  /** Names the visitor. `token` is an identity token signed by the site's server. */
  identify(visitor: VisitorClaims): void;
  /** For a logout: forgets the conversation here, in storage and in other tabs. */
  reset(): void;
  /** Removes the widget and everything it started. Idempotent. */
  destroy(): void;
  on<Name extends keyof ChatWidgetEvents>(event: Name, listener: ChatWidgetListener<Name>): void;
  off<Name extends keyof ChatWidgetEvents>(event: Name, listener: ChatWidgetListener<Name>): void;
  readonly state: ChatWidgetState;
}

export interface ChatWidgetState {
  readonly open: boolean;
  readonly visible: boolean;
  readonly unread: number;
  readonly status: PresenceStatus;
  readonly connection: ConnectionState["name"];
}

/** Every event with what its listeners are given. `window` hears each as `mailoo-chat:<event>`, with it as `detail`. */
export interface ChatWidgetEvents {
  ready: undefined;
  open: undefined;
  close: undefined;
  /** A message that is new to this visitor. */
  message: ChatMessage;
  unread: { readonly count: number };
  status: { readonly status: PresenceStatus };
  connection: { readonly state: ConnectionState["name"] };
  /** Whether there is a conversation to continue. */
  session: { readonly active: boolean };
  error: { readonly code: string; readonly message: string };
}

export type ChatWidgetListener<Name extends keyof ChatWidgetEvents> = (
  detail: ChatWidgetEvents[Name],
) => void;
