import type { RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
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

  const toEnd = useCallback(() => {
    isAtEnd.current = true;
    if (ref.current) ref.current.scrollTop = ref.current.scrollHeight;
  }, [ref]);

  useLayoutEffect(() => {
    const log = ref.current;
    if (!log) return;
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
    log.addEventListener("scroll", scrolled);
    host.addEventListener(PLACED, restore);
    return () => {
      observer.disconnect();
      log.removeEventListener("scroll", scrolled);
      host.removeEventListener(PLACED, restore);
    };
  }, [ref, toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `files` change heights.
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
  }, [timeline, isOpen, files, ref, toEnd]);

  return { hasMissed, toEnd };
}

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}
