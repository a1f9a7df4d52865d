/**
 * A panel over the whole screen of a phone: it ends where the on-screen keyboard begins, and Tab stays inside,
 * since nothing else can be seen.
 */
export function coverScreen(panel: HTMLElement, isCovering: () => boolean, signal: AbortSignal): void {
  const viewport = window.visualViewport;

  function follow(): void {
    const { style } = panel;
    const isZoomed = viewport && viewport.scale > 1.01;
    style.setProperty("--top", viewport && !isZoomed ? `${viewport.offsetTop}px` : "0px");
    style.setProperty("--height", viewport && !isZoomed ? `${viewport.height}px` : "100dvh");
  }

  panel.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab" && isCovering()) wrapFocus(panel, event);
    },
    { signal },
  );
  // What is pressed answers by its own look.
  panel.style.setProperty("-webkit-tap-highlight-color", "transparent");
  viewport?.addEventListener("resize", follow, { signal });
  viewport?.addEventListener("scroll", follow, { signal });
  follow();
}

function wrapFocus(panel: HTMLElement, event: KeyboardEvent): void {
  const stops = panel.querySelectorAll<HTMLElement>(
    "button:not(:disabled), textarea, input, a[href], [tabindex='0']",
  );
  const [first] = stops;
  const last = stops[stops.length - 1];
  const leaves = event.shiftKey ? first : last;
  const enters = event.shiftKey ? last : first;
  const isOutside = panel.matches(":focus");
  if (!leaves?.matches(":focus") && !(event.shiftKey && isOutside)) return;
  event.preventDefault();
  enters?.focus();
}
