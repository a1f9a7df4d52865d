import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ChatClient } from "../client/chat-client.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Shell } from "../launcher/shell.ts";

/** What the visitor does to the widget, besides what the client does. */
export interface ChatActions {
  /** Opens the panel for the visitor. */
  open(): void;
  /** Closes it for them. */
  minimise(): void;
  /**
   * Forgets this conversation and begins the next. What the page has said of the visitor still holds.
   *
   * @param keepsTexts puts what was not sent into the text box. @default false
   */
  startNew(keepsTexts?: boolean): void;
  /** Sends a text of ours that the visitor has chosen, or puts it into the text box if they have to be asked first. */
  choose(text: string): void;
  /** The visitor does not want the greeting. */
  dismissGreeting(): void;
}

/** What every component may use. It is another object after each change of options or texts. */
export interface ChatContextValue extends ChatActions {
  readonly shell: Shell;
  readonly client: ChatClient;
  readonly t: Strings;
  /** What the visitor was greeted with: it stands in place of the welcome text. */
  readonly greeting: string | undefined;
}

const ChatContext = createContext<ChatContextValue | null>(null);

export const ChatProvider = ChatContext.Provider;

export function useChat(): ChatContextValue {
  return useContext(ChatContext) as ChatContextValue; // every component is rendered within the provider
}
