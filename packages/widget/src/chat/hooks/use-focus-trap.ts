import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

const FOCUSABLE = "button:not(:disabled), textarea, input, a[href], [tabindex='0']";

/** While it is active, Tab stays inside the element: nothing else can be seen. */
export function useFocusTrap(ref: RefObject<HTMLElement | null>, isActive: boolean): void {
  useLayoutEffect(() => {
    const container = ref.current;
    if (!container || !isActive) return;
    const wrap = (event: KeyboardEvent) => {
      if (event.key === "Tab") wrapFocus(container, event);
    };
    container.addEventListener("keydown", wrap);
    return () => container.removeEventListener("keydown", wrap);
  }, [ref, isActive]);
}

function wrapFocus(container: HTMLElement, event: KeyboardEvent): void {
  const stops = container.querySelectorAll<HTMLElement>(FOCUSABLE);
  const [first] = stops;
  const last = stops[stops.length - 1];
  const leaves = event.shiftKey ? first : last;
  const enters = event.shiftKey ? last : first;
  const isBefore = event.shiftKey && container.matches(":focus");
  if (!leaves?.matches(":focus") && !isBefore) return;
  event.preventDefault();
  enters?.focus();
}
