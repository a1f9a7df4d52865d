/** Key code of a key that an input method has taken. Safari gives it, and no `isComposing`, to the Enter that ends a composition. */
const TAKEN_BY_IME = 229;

/** Enter that is meant to send: not a new line, and not the end of a composition. */
export function isPlainEnter(event: KeyboardEvent): boolean {
  const isComposing = event.isComposing || event.keyCode === TAKEN_BY_IME;
  return event.key === "Enter" && !event.shiftKey && !isComposing;
}
