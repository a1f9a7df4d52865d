import type { ChatMessage, ContextValues, VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidgetEvents, ChatWidgetState } from "../api/widget.ts";
import type { LoadLazy } from "../chat/lazy-files.ts";
import type { EarlyConfig } from "../client/config-loader.ts";
import type { readContext } from "../client/context.ts";
import type { Strings } from "../i18n/strings.ts";
import type { LookOption } from "./apply-look.ts";
import type { Locale } from "./labels.ts";

/**
 * What the loader has set up when another file arrives: the seam between the files. What is not `readonly` changes while the
 * widget runs, and is read where it is used.
 */
export interface Shell {
  options: ChatWidgetOptions;
  readonly baseUrl: string;
  locale: Locale;
  /** How times and numbers are written: the visitor's own region, in the language of the texts. */
  region: string;
  readonly shadow: ShadowRoot;
  readonly root: HTMLElement;
  readonly launcher: HTMLButtonElement;
  /** The panel is a part of the page: always open, and without a launcher. */
  isEmbedded?: boolean;
  /** The visitor cannot see the place of an embedded panel. */
  isOutOfView?: boolean;
  /** Undefined until a call or a click opens or closes the panel: then it may open by itself. */
  isWanted?: boolean;
  /** What `identify()` was told. */
  visitor?: VisitorClaims | null | undefined;
  /** Options of the look whose values have no effect. The core warns of them. */
  readonly unusable: readonly LookOption[];
  /** What `context()` was told. Another object after a `reset()` or a sign-out. */
  told: ContextValues;
  /** Set if the page's options may ask for it. */
  readContext?: typeof readContext;
  /** Requested beside the core. */
  earlyConfig?: EarlyConfig;
  chat?: Chat;
  /** The core is on its way, or there. */
  loading?: Promise<Chat> | undefined;
  /** Aborted by `destroy()`: whatever was started ends then. */
  readonly signal: AbortSignal;
  /** Fetches a file that few conversations need. */
  readonly load: LoadLazy;
  readonly loadCore: LoadCore;
  /** Loads the core if it is not there. If it cannot be loaded, nothing is done: the error is announced. */
  withChat(action: (chat: Chat) => void): void;
  emit<Name extends keyof ChatWidgetEvents>(event: Name, detail?: ChatWidgetEvents[Name]): void;
  /**
   * The first shipped locale, else English.
   *
   * @param wanted tags. @default what the options, the page and the visitor ask for now
   */
  pickLocale(wanted?: readonly unknown[]): Locale;
  setLocale(locale: Locale): void;
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
  /** One that is embedded stays open. */
  close(): void;
  /** Shows a greeting, unless there is a conversation; null takes it away. */
  greet(greeting: DueGreeting | null): void;
  /** The widget is hidden, or no longer, or `isOutOfView` has changed. */
  shown(): void;
  /**
   * Takes up what the shell says now.
   *
   * @param changes the options that are new.
   * @param strings those of another locale; null for English. @default the same as before
   */
  update(changes: ChatWidgetOptions, strings?: Strings | null): void;
  send(text: string): Promise<ChatMessage>;
  /** `Shell.visitor` is still who it was. */
  identify(visitor: VisitorClaims | null): void;
  reset(): void;
}

/** The face of the core. */
export interface Core {
  /** @param strings null for English. */
  mountChat(shell: Shell, strings: Strings | null): Chat;
}

/** Fetches the core and, side by side with it, the locale's texts; null for English. */
export type LoadCore = (locale: Locale) => Promise<readonly [Core, Strings | null]>;
