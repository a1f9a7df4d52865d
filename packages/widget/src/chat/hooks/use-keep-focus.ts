import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useChat } from "../chat-context.tsx";
import { focusPanel } from "../focus-panel.ts";

/** Keeps the focus in the panel when the part of it that has the focus is removed: a visitor who uses the keyboard stays there. */
export function useKeepFocus(ref: RefObject<HTMLElement | null>): void {
  const { shadow } = useChat().shell;
  useLayoutEffect(() => {
    const panel = ref.current;
    if (!panel) return;
    let focused: EventTarget | null = null;
    const isGone = () => focused instanceof Node && !focused.isConnected;
    const observer = new MutationObserver(() => {
      if (!isGone()) return;
      focused = null;
      if (!shadow.activeElement) focusPanel(panel);
    });
    panel.addEventListener("focusin", ({ target }) => {
      focused = target;
    });
    panel.addEventListener("focusout", ({ target }) => {
      // Some engines also send this for an element that is being removed: it is still remembered.
      queueMicrotask(() => {
        if (focused === target && !isGone()) focused = null;
      });
    });
    observer.observe(panel, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [ref, shadow]);
}
