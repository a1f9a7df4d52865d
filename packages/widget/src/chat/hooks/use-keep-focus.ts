import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/**
 * Keeps the focus in an element when the part of it that has the focus is removed: a visitor who uses the keyboard stays
 * where they are. A field that was refused comes first, else the element itself.
 */
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
      const target = container.querySelector<HTMLElement>(".pre-chat [aria-invalid=true]") ?? container;
      target.focus({ preventScroll: true });
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
