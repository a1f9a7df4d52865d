import { isLight } from "./is-light.ts";

/** Text and icons on the accent are white or black, whichever is read better. */
export function keepReadable(root: HTMLElement, accent: string): void {
  root.style.setProperty("--on-accent", isLight(toRgb(accent)) ? "#000" : "#fff");
}

/** Of the newer notations (`oklch()`, `color()`) only a canvas knows the channels. */
function toRgb(color: string): readonly number[] {
  if (color.startsWith("rgb")) return (color.match(/[\d.]+/g) ?? []).map(Number);
  const canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return [];
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
