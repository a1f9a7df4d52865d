import type { ChatMessage, ContextValues, VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidgetEvents, ChatWidgetState } from "../api/widget.ts";
import type { LazyFiles, LoadLazy } from "../chat/lazy-files.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Locale } from "./labels.ts";

/**
 * What the loader has set up when the core arrives: the seam between the two files. Options, locale and region change with
 * an `update()`; they are read where they are used.
 */
export interface Shell {
  readonly options: ChatWidgetOptions;
  readonly baseUrl: string;
  readonly locale: Locale;
  /** How times and numbers are written: the visitor's own region, in the language of the texts. */
  readonly region: string;
  readonly shadow: ShadowRoot;
  readonly root: HTMLElement;
  readonly launcher: HTMLButtonElement;
  /** The panel is a part of the page: always open, and without a launcher. */
  readonly isEmbedded: boolean;
  /** Whether the visitor can see the place of the panel. Kept up to date for an embedded one. */
  isInView: boolean;
  /** Takes an embedded panel out of its target; undefined while there is none. */
  leaveTarget: (() => void) | undefined;
  /** Aborted by `destroy()`: whatever was started ends then. */
  readonly signal: AbortSignal;
  /** What `context()` was told. */
  readonly told: ContextValues;
  /** There once the options have asked for it, unless it could not be loaded. */
  readonly context: LazyFiles["context"] | undefined;
  /** Whether the panel may open by itself. */
  mayOpen(): boolean;
  /** Whether there is a conversation, or a first text that was never sent. */
  hasSession(): boolean;
  /** Fetches a file that few conversations need. */
  readonly load: LoadLazy;
  emit<Name extends keyof ChatWidgetEvents>(event: Name, detail?: ChatWidgetEvents[Name]): void;
}

/** A greeting whose moment has come. */
export interface DueGreeting {
  readonly text: string;
  /** It opens the panel, where that does not cover the screen. */
  readonly opens: boolean;
  /** The visitor has dismissed it, or else opened it. */
  settle(isDismissed?: boolean): void;
}

/** The core's side. */
export interface Chat {
  readonly state: Omit<ChatWidgetState, "visible">;
  /**
   * @param byVisitor the focus may move into the panel.
   * @param text goes into the text box.
   */
  open(byVisitor: boolean | undefined, text?: string): void;
  close(): void;
  /** Shows a greeting, unless there is a conversation; null takes it away. */
  greet(greeting: DueGreeting | null): void;
  /** The widget is no longer hidden, or `isInView` has changed. */
  shown(): void;
  /**
   * Takes up what the shell says now.
   *
   * @param changes the options that are new.
   * @param strings those of another locale; null for English. @default the same as before
   */
  update(changes: ChatWidgetOptions, strings?: Strings | null): void;
  send(text: string): Promise<ChatMessage>;
  identify(visitor: VisitorClaims | null): void;
  reset(): void;
}

/** The face of `core.ts`. */
export interface Core {
  /**
   * @param strings null for English.
   * @param visitor what `identify()` was told before the core was there.
   */
  mountChat(shell: Shell, strings: Strings | null, visitor?: VisitorClaims | null): Chat;
}

/** Fetches the core and, side by side with it, the locale's texts; null for English. */
export type LoadCore = (locale: Locale) => Promise<readonly [Core, Strings | null]>;
