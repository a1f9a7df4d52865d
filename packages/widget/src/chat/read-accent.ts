/** The accent as a computed colour, whoever has set it and in whatever notation. The launcher may not be on the page. */
export function readAccent(root: HTMLElement): string {
  const probe = document.createElement("i");
  probe.style.color = "var(--accent)";
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
