import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** A panel over a phone's whole screen ends where the on-screen keyboard begins: sets `--top` and `--height`. */
export function useVisualViewport(ref: RefObject<HTMLElement | null>, isActive: boolean): void {
  useLayoutEffect(() => {
    const viewport = window.visualViewport;
    const panel = ref.current;
    if (!isActive || !panel) return;
    const follow = () => {
      // Zoomed in, the visitor moves the viewport over the panel.
      const isUsable = viewport && viewport.scale <= 1.01;
      // A page may zoom itself, and all lengths in it.
      const zoom = panel.currentCSSZoom ?? 1;
      panel.style.setProperty("--top", isUsable ? `${viewport.offsetTop / zoom}px` : "");
      panel.style.setProperty("--height", isUsable ? `${viewport.height / zoom}px` : "");
    };
    const stop = new AbortController();
    follow();
    for (const type of ["resize", "scroll"])
      viewport?.addEventListener(type, follow, { signal: stop.signal });
    return () => stop.abort();
  }, [ref, isActive]);
}
