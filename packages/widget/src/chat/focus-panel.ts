/**
 * Moves the focus to where the visitor goes on: a field that was refused, else the text box or what stands in its place.
 * Without a mouse it is the panel itself, since a focused text box calls the on-screen keyboard.
 */
export function focusPanel(panel: HTMLElement): void {
  const next = matchMedia("(pointer: coarse)").matches ? null : "textarea, .pre-chat input, .ended button";
  const target =
    panel.querySelector<HTMLElement>(".pre-chat [aria-invalid=true]") ??
    (next && panel.querySelector<HTMLElement>(next)) ??
    panel;
  target.focus({ preventScroll: true });
}
