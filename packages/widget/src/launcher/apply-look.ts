import type { ChatWidgetOptions } from "../api/options.ts";
import { warn } from "./warn.ts";

/**
 * Options that are CSS custom properties as well: a page may set `--mailoo-chat-offset-x` in a style sheet instead. Each
 * with a CSS property that takes the same values.
 */
const PROPERTIES = {
  accent: "color",
  radius: "border-radius",
  zIndex: "z-index",
  offsetX: "text-indent",
  offsetY: "text-indent",
} as const;

/** @param options those that are to change; one without a value goes back to the style sheet's, or the default. */
export function applyLook(options: ChatWidgetOptions, host: HTMLElement): void {
  for (const [option, property] of Object.entries(PROPERTIES)) {
    if (!(option in options)) continue;
    const value = options[option as keyof typeof PROPERTIES] ?? "";
    const text = `${value}`.trim();
    // A bare number is pixels, except for the z-index.
    const css = text && option !== "zIndex" && Number.isFinite(+text) ? `${text}px` : text;
    if (!text || CSS.supports(property, css)) {
      host.style.setProperty(`--mailoo-chat-${option}`.replace(/[A-Z]/, "-$&").toLowerCase(), css);
    } else warn(option, value);
  }
}
