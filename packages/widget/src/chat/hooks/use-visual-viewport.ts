import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** A panel over a phone's whole screen ends where the on-screen keyboard begins: sets `--top` and `--height`. */
export function useVisualViewport(ref: RefObject<HTMLElement | null>, isActive: boolean): void {
  useLayoutEffect(() => {
    const viewport = window.visualViewport;
    const style = ref.current?.style;
    if (!isActive || !style) return;
    const follow = () => {
      // Zoomed in, the visitor moves the viewport over the panel.
      const isUsable = viewport && viewport.scale <= 1.01;
      style.setProperty("--top", isUsable ? `${viewport.offsetTop}px` : "0px");
      style.setProperty("--height", isUsable ? `${viewport.height}px` : "100dvh");
    };
    follow();
    viewport?.addEventListener("resize", follow);
    viewport?.addEventListener("scroll", follow);
    return () => {
      viewport?.removeEventListener("resize", follow);
      viewport?.removeEventListener("scroll", follow);
    };
  }, [ref, isActive]);
}
