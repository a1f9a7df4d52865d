// A file of its own, fetched by engines whose style sheets cannot compare colours.

/** Sets the colour of what stands on the accent: black or white, whichever has more contrast. */
export function setOnAccent(root: HTMLElement): void {
  root.style.setProperty("--on-accent", isLight(readAccent(root)) ? "#000" : "");
}

/** The channels of the accent, from whichever style sheet; none in a notation newer than `rgb()`. */
function readAccent(root: HTMLElement): readonly number[] {
  const probe = document.createElement("i");
  probe.style.color = "var(--accent)";
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return /^rgb/.test(color) ? (color.match(/[\d.]+/g) ?? []).map(Number) : [];
}

/**
 * Whether black is read better on a colour than white. Its WCAG 2 relative luminance is then above the point where both
 * have the same contrast, 4.58: so the better one reaches AA on every colour.
 *
 * @param rgb the channels from 0 to 255.
 */
export function isLight([red = 0, green = 0, blue = 0]: readonly number[]): boolean {
  return 0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue) > 0.179;
}

function toLinear(channel: number): number {
  const value = channel / 255;
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}
