import type { ChatState } from "../client/chat-client.ts";

/** Where the visitor reads: at the end, which is kept in sight, or further up, where nothing moves them away. */
export interface Reading {
  /** What comes from now on is news to a screen reader: the opening and the history have been drawn before. */
  readonly isLive: boolean;
  /** There are new messages below what is in sight. */
  readonly hasMissed: boolean;
  /** What is drawn next is what was there before, in another form: no news, but perhaps of another height. */
  hush(): void;
  /** To be called before a new state is drawn. What it returns is to be called behind that. */
  prepare(chat: ChatState, isOpen: boolean): () => void;
  scrolled(): void;
  toEnd(): void;
  /** The element has been put into the page again, with its history at the beginning. */
  restore(): void;
}

/** Closer to the end than this counts as being there. */
const NEAR_END_PX = 48;

/**
 * @param findLog the element that scrolls, once it is drawn.
 * @param draw draws again.
 */
export function createReading(findLog: () => HTMLElement | null, draw: () => void): Reading {
  /** Keys of what was drawn last. */
  let known: ReadonlySet<string> = new Set();
  let wasOpen = false;
  let last: ChatState | undefined;
  let top = 0;

  function isAtEnd(): boolean {
    const log = findLog();
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  }

  function toEnd(): void {
    const log = findLog();
    if (log) log.scrollTop = log.scrollHeight;
  }

  /** The first unread message, else the end. */
  function toNewest(): void {
    toEnd();
    const log = findLog();
    const unread = log?.querySelector<HTMLElement>(".unread");
    if (log && unread) log.scrollTop = unread.offsetTop - NEAR_END_PX;
  }

  const reading = {
    isLive: false,
    hasMissed: false,
    prepare(chat: ChatState, isOpen: boolean) {
      const { timeline, connection } = chat;
      const added = timeline.filter(({ key }) => !known.has(key));
      if (chat !== last) known = new Set(timeline.map(({ key }) => key));
      const isFresh = (isOpen && !wasOpen) || added.length === timeline.length;
      const hasChanged = chat !== last;
      // Where nothing is, nothing is looked up: to ask where the scroll stands makes the browser lay out the page.
      const move =
        timeline.length > 0 &&
        (isFresh
          ? toNewest
          : // A notice takes height away as a message does.
            ((hasChanged && isAtEnd()) || added.some(({ author }) => author === "visitor")) && toEnd);
      last = chat;
      if (added.length > 0 && !move) reading.hasMissed = true;
      return () => {
        if (move) move();
        wasOpen = isOpen;
        reading.isLive = isOpen && connection.name !== "connecting";
      };
    },
    hush() {
      reading.isLive = false;
      last = undefined;
    },
    scrolled() {
      top = findLog()?.scrollTop ?? 0;
      if (!reading.hasMissed || !isAtEnd()) return;
      reading.hasMissed = false;
      draw();
    },
    toEnd,
    restore() {
      const log = findLog();
      if (log) log.scrollTop = top;
    },
  };
  return reading;
}
