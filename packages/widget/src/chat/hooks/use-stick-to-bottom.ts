import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { TimelineEntry } from "../../client/chat-client.ts";
import { PLACED } from "../../launcher/host-element.ts";

/** Closer to the end than this counts as being there. */
const NEAR_END_PX = 48;

export interface StickToBottom {
  /** There are new messages below what is in sight. */
  readonly hasMissed: boolean;
  toEnd(): void;
}

/**
 * Keeps the end of a scrolling log in sight for a visitor who is there, and leaves one who reads further up where they
 * are. Opened, it shows the first unread message (`.unread`), else the end.
 *
 * @param files another value when what stands in the log may have another height.
 */
export function useStickToBottom(
  ref: RefObject<HTMLElement | null>,
  timeline: readonly TimelineEntry[],
  isOpen: boolean,
  files?: unknown,
): StickToBottom {
  const [hasMissed, setHasMissed] = useState(false);
  const isAtEnd = useRef(true);
  const shown = useRef({ isOpen: false, keys: new Set<string>() });

  function toEnd(): void {
    isAtEnd.current = true;
    if (ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: `toEnd()` reads what is the latest.
  useLayoutEffect(() => {
    const log = ref.current;
    if (!log) return;
    const stop = new AbortController();
    const { signal } = stop;
    let top = 0;
    const scrolled = () => {
      top = log.scrollTop;
      isAtEnd.current = isNearEnd(log);
      if (isAtEnd.current) setHasMissed(false);
    };
    // Put into the page again, the log is at its beginning.
    const restore = () => {
      log.scrollTop = top;
    };
    // A notice takes height away, and so does the keyboard of a phone.
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) toEnd();
    });
    const { host } = log.getRootNode() as ShadowRoot; // the panel stands in one
    observer.observe(log);
    log.addEventListener("scroll", scrolled, { signal });
    host.addEventListener(PLACED, restore, { signal });
    return () => {
      observer.disconnect();
      stop.abort();
    };
  }, [ref]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `files` change heights, and `toEnd()` reads what is the latest.
  useLayoutEffect(() => {
    const before = shown.current;
    const added = timeline.filter(({ key }) => !before.keys.has(key));
    shown.current = { isOpen, keys: new Set(timeline.map(({ key }) => key)) };
    // To ask where the scroll stands makes the browser lay out the page.
    if (timeline.length === 0) return;
    const isFresh = (isOpen && !before.isOpen) || added.length === timeline.length;
    if (isFresh) {
      toEnd();
      const log = ref.current;
      const unread = log?.querySelector<HTMLElement>(".unread");
      if (log && unread) {
        log.scrollTop = unread.offsetTop - NEAR_END_PX;
        isAtEnd.current = isNearEnd(log);
      }
    } else if (isAtEnd.current || added.some(({ author }) => author === "visitor")) {
      toEnd();
    } else if (added.length > 0) {
      setHasMissed(true);
    }
  }, [timeline, isOpen, files, ref]);

  return { hasMissed, toEnd };
}

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}
