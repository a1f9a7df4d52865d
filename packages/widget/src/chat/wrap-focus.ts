const FOCUSABLE = "button:not(:disabled), textarea, input, a[href], [tabindex='0']";

/** Keeps Tab inside an element, for when nothing else can be seen. */
export function wrapFocus(container: HTMLElement, event: KeyboardEvent): void {
  const stops = container.querySelectorAll<HTMLElement>(FOCUSABLE);
  const first = stops[0];
  const last = stops[stops.length - 1];
  const [leaves, enters] = event.shiftKey ? [first, last] : [last, first];
  const isBefore = event.shiftKey && container.matches(":focus");
  if (!leaves?.matches(":focus") && !isBefore) return;
  event.preventDefault();
  enters?.focus();
}
