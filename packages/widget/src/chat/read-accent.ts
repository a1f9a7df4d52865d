/** The accent as a computed colour, from whichever style sheet and in whichever notation. Does not need the launcher, which may not be on the page. */
export function readAccent(root: HTMLElement): string {
  const probe = document.createElement("i");
  probe.style.color = "var(--accent)";
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
