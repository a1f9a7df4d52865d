import type { ChatMessage, ContextValues, PresenceStatus, VisitorClaims } from "@mailoo-chat/protocol";
import type { ConnectionState } from "../client/chat-client.ts";
import type { ChatWidgetOptions } from "./options.ts";

/** New values of options; `null` and `undefined` stand for the default. */
export type ChatWidgetUpdate = {
  readonly [Option in Exclude<keyof ChatWidgetOptions, "bff">]?: ChatWidgetOptions[Option] | null | undefined;
};

/** The handle of a widget: what `createChatWidget()` returns and what `window.MailooChat` carries. */
export interface ChatWidget {
  /** Opens the panel. A `text` goes into the text box and is not sent. Does nothing while the widget is hidden. */
  open(options?: { readonly text?: string }): void;
  /** Closes the panel; the conversation goes on. */
  close(): void;
  /** Opens or closes the panel. */
  toggle(): void;
  /** Shows the widget again after `hide()`. */
  show(): void;
  /** Hides launcher and panel; the connection stays open. */
  hide(): void;
  /** Shows the greeting with this id, whatever its conditions; but only once, and not in a conversation. */
  greet(id: string): void;
  /** Sends a text as the visitor. Resolves when it is confirmed; rejects with an error that has a `code`. */
  send(text: string): Promise<ChatMessage>;
  /** Names the visitor. `token` is an identity token signed by the site's server. Null: nobody is signed in. */
  identify(visitor: VisitorClaims | null): void;
  /**
   * Changes options while the widget runs: any but `bff`. `null` or `undefined` stands for the default. A new `locale` takes
   * effect once its texts are loaded.
   */
  update(options: ChatWidgetUpdate): void;
  /**
   * Adds values that you see beside the visitor's next message, such as `{ plan: "pro" }`. Sent only with the option
   * `context`, and if the BFF lists their names.
   */
  context(values: ContextValues): void;
  /** For sign-out: removes the conversation, the draft and unsent texts from this tab, from storage and from other tabs. */
  reset(): void;
  /** Removes the widget and everything it started. Idempotent. */
  destroy(): void;
  /**
   * Calls the listener for each such event; for `ready`, once, also if the launcher is on the page already. Returns a
   * function that removes it.
   */
  on<Name extends keyof ChatWidgetEvents>(event: Name, listener: ChatWidgetListener<Name>): () => void;
  /** Removes a listener that `on()` added. */
  off<Name extends keyof ChatWidgetEvents>(event: Name, listener: ChatWidgetListener<Name>): void;
  readonly state: ChatWidgetState;
}

export interface ChatWidgetState {
  /** The panel is open. */
  readonly open: boolean;
  /** False after `hide()`. */
  readonly visible: boolean;
  /** Messages that the visitor has not seen. */
  readonly unread: number;
  /** Whether the owner is there: `online`, `away` or `unknown`. */
  readonly status: PresenceStatus;
  /** `idle`, `connecting`, `online`, `waiting` (to try again), `offline` or `ended`. */
  readonly connection: ConnectionState["name"];
}

/** Every event with what its listeners are given. `window` hears each as `mailoo-chat:<event>`, with it as `detail`. */
export interface ChatWidgetEvents {
  /** The launcher is on the page. */
  ready: undefined;
  /** The panel has been opened. */
  open: undefined;
  /** The panel has been closed. */
  close: undefined;
  /** A message that is new to the visitor. */
  message: ChatMessage;
  /** The number of unseen messages has changed. */
  unread: { readonly count: number };
  /** The owner has come online or gone away. */
  status: { readonly status: PresenceStatus };
  /** The connection to the BFF has changed. */
  connection: { readonly state: ConnectionState["name"] };
  /** Whether there is a conversation to continue. */
  session: { readonly active: boolean };
  /** An error that the page may want to log; the panel shows it to the visitor. */
  error: { readonly code: string; readonly message: string };
}

export type ChatWidgetListener<Name extends keyof ChatWidgetEvents> = (
  detail: ChatWidgetEvents[Name],
) => void;
