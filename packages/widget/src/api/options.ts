import type { Strings } from "../i18n/strings.ts";

/**
 * A greeting and when it is shown: once all of its conditions hold. One without any condition waits for `greet(id)`.
 */
export interface Greeting {
  /** Names it for `greet(id)`, and in the visitor's browser once they have dismissed or opened it. */
  readonly id: string;
  readonly text: string;
  /** Paths on which it may be shown, separated by commas; `*` matches anything. */
  readonly path?: string;
  /** Seconds since the page has loaded or has changed its path. */
  readonly afterSeconds?: number | string;
  /** How far the visitor has scrolled, in percent of what can be scrolled. */
  readonly scrollPercent?: number | string;
  /** The mouse leaves the page at its top, as if to close it. */
  readonly exitIntent?: boolean | string;
  /** Opens the panel, where that does not cover the screen, instead of a bubble. @default false */
  readonly open?: boolean | string;
}

/**
 * What a site owner may set. The same names as `data-` attributes (`zIndex` is `data-z-index`), in
 * `window.mailooChatSettings`, and in `createChatWidget()`; the call wins over the attributes, these over the settings.
 *
 * Attributes are texts, so every option also takes the text form of its value.
 */
export interface ChatWidgetOptions {
  // Basics

  /** The BFF: an origin (`https://chat.example.com`), or the whole base URL. @default the script's own origin */
  readonly bff?: string;
  /**
   * The language: a BCP 47 tag, or `"auto"` to follow the `lang` and `dir` of `<html>` while the page is open. @default the
   * `<html lang>` at the start, else the browser's languages, else English
   */
  readonly locale?: string;
  /** Name of the panel. @default "Chat", translated */
  readonly title?: string;
  /** Any CSS colour. Text on it is dark or light, so that it can be read. @default "#3a5bff" */
  readonly accent?: string;
  /** Side of the screen. @default "right" */
  readonly position?: "left" | "right";

  // Look

  /** The colours. @default "auto": what the visitor's system prefers */
  readonly theme?: "light" | "dark" | "auto";
  /** Line below the title. @default whether the owner is online */
  readonly subtitle?: string;
  /** URL of a picture for the header. @default a built-in drawing */
  readonly avatar?: string;
  /** Corner radius of the panel: pixels, or a CSS length. @default 20 */
  readonly radius?: number | string;
  /** Stacking order of the widget. @default 2147480000 */
  readonly zIndex?: number | string;
  /** Distance from the side of the screen: pixels, or a CSS length. @default 20 */
  readonly offsetX?: number | string;
  /** Distance from the bottom of the screen: pixels, or a CSS length. @default 20 */
  readonly offsetY?: number | string;

  // Where and when the chat is shown

  /**
   * `float` has a launcher and a panel above the page. `inline` fills the `target`, `page` the viewport; both are always
   * open. @default "float"
   */
  readonly mode?: "float" | "inline" | "page";
  /** The element that an inline chat fills, or its selector. The element may be added later. @default none */
  readonly target?: string | Element | null | undefined;
  /** A selector of the page's own buttons that open and close the panel, or `"none"`. @default the round button */
  readonly launcher?: string;
  /** Paths on which the widget is hidden, separated by commas; `*` matches anything: `/checkout*,/login`. @default none */
  readonly hideOn?: string;
  /**
   * `"hide"` hides the round button while nobody is there, except from a visitor who has a conversation. @default "show"
   */
  readonly away?: "show" | "hide";
  /** Open the panel with the page, until the visitor has closed it. Not on screens that it would cover. @default false */
  readonly startOpen?: boolean | string;

  // Greetings

  /**
   * Greetings by rule. The first whose conditions hold is shown, until the visitor dismisses or opens it, and never in a
   * conversation. @default none
   */
  readonly greetings?: readonly Greeting[] | string;
  /** A greeting beside the launcher, until the visitor dismisses it. @default none */
  readonly teaser?: string;
  /** Delay before the greeting, in milliseconds. @default 4000 */
  readonly teaserDelayMs?: number | string;

  // Messages and texts

  /**
   * Up to five first messages that the visitor can send with a click: a list, or lists by path (`{"/pricing*": […]}`).
   * @default those of the BFF
   */
  readonly suggestions?: readonly string[] | Readonly<Record<string, readonly string[]>> | string;
  /**
   * Format bold, italic, code, links and lists in the owner's messages and the welcome text. @default true
   */
  readonly formatting?: boolean | string;
  /** A short tone for a message that arrives while the page is not in view. The visitor's own setting wins. @default false */
  readonly sound?: boolean | string;
  /** Texts to replace, by key. @default none */
  readonly strings?: Partial<Strings> | string;
  /**
   * What you see beside a visitor's message: any of `page`, `referrer`, `utm` and `locale`, separated by commas, and `?ref`
   * for a key of the page's query string; or `on` for only the values of `context()`. The BFF must list them too.
   * @default none
   */
  readonly context?: string;
}
