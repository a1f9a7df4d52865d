import type { Strings } from "../i18n/strings.ts";
import type { DueGreeting } from "../launcher/shell.ts";
import type { FilledText } from "./hooks/use-draft.ts";

/** What the page and the visitor have made of the widget. What is said in the conversation is the client's. */
export interface WidgetState {
  readonly isOpen: boolean;
  /** The panel is rendered from its first opening on, then kept: a closed one still holds its draft. */
  readonly hasOpened: boolean;
  /** Null for English. */
  readonly strings: Strings | null;
  /** It stands in place of the welcome text. */
  readonly greeting: DueGreeting | null;
  /** It also stands beside the launcher. */
  readonly isGreeting: boolean;
  readonly conversation: ConversationStart;
  /** What the page wants in the text box; a new object each time. */
  readonly filled: FilledText | null;
}

/** How a conversation began. */
export interface ConversationStart {
  /** Another one for each that the visitor or the page begins. */
  readonly number: number;
  /** Texts that were not sent in the conversation before. Null: what was typed is forgotten, too. */
  readonly carried: string | null;
}

/** Each change is rendered at once: a page can see the effect of its call right after it. */
export interface WidgetStore {
  readonly state: WidgetState;
  change(fields: Partial<WidgetState>): void;
}

export function createWidgetState(strings: Strings | null): WidgetState {
  return {
    isOpen: false,
    hasOpened: false,
    strings,
    greeting: null,
    isGreeting: false,
    conversation: { number: 0, carried: null },
    filled: null,
  };
}
