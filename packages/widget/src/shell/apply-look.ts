import type { ChatWidgetOptions } from "../widget-options.ts";
import { isLight } from "./is-light.ts";

/** Options that stand for CSS custom properties of the element: a page may set these in its style sheet instead. */
const PROPERTIES = {
  accent: "accent",
  radius: "radius",
  zIndex: "z-index",
  offsetX: "offset-x",
  offsetY: "offset-y",
} as const;

export function applyLook(
  options: ChatWidgetOptions,
  host: HTMLElement,
  root: HTMLElement,
  launcher: HTMLElement,
): void {
  root.className = `root ${options.position} ${options.launcher ? "bare" : ""}`;
  for (const option of Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[]) {
    const value = options[option];
    if (value == null) continue;
    const isLength = option !== "zIndex" && Number.isFinite(+value);
    host.style.setProperty(`--mailoo-chat-${PROPERTIES[option]}`, `${value}${isLength ? "px" : ""}`);
  }
  if (options.accent) keepReadable(root, launcher);
}

/** Text and icons on the accent are white or black, whichever is read better. */
export function keepReadable(root: HTMLElement, launcher: HTMLElement): void {
  const color = getComputedStyle(launcher).backgroundColor;
  root.style.setProperty("--on-accent", isLight(toRgb(color)) ? "#000" : "#fff");
}

function toRgb(color: string): number[] | Uint8ClampedArray {
  // Of the newer notations (`oklch()`, `color()`) only a canvas knows the channels.
  if (color.startsWith("rgb")) return (color.match(/[\d.]+/g) ?? []).map(Number);
  const canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return [];
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
}
