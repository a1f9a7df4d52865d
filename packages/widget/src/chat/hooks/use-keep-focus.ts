import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { focusPanel } from "../focus-panel.ts";

/** Keeps the focus in the panel when the part of it that has the focus is removed: a visitor who uses the keyboard stays there. */
export function useKeepFocus(ref: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const container = ref.current;
    if (!container) return;
    let focused: EventTarget | null = null;
    const observer = new MutationObserver(() => {
      if (!(focused instanceof Element) || focused.isConnected) return;
      focused = null;
      const root = container.getRootNode();
      if (!(root instanceof ShadowRoot) || root.activeElement) return;
      focusPanel(container);
    });
    const entered = ({ target }: FocusEvent) => {
      focused = target;
    };
    /** Some engines also tell of a focus that is lost with its element; then it is still remembered. */
    const left = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.isConnected) queueMicrotask(() => forget(target));
    };
    const forget = (target: Element) => {
      if (focused === target && target.isConnected) focused = null;
    };
    container.addEventListener("focusin", entered);
    container.addEventListener("focusout", left);
    observer.observe(container, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      container.removeEventListener("focusin", entered);
      container.removeEventListener("focusout", left);
    };
  }, [ref]);
}
