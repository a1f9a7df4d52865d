import type { ChatWidgetOptions } from "../api/options.ts";

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

export type LookOption = keyof typeof PROPERTIES;

/**
 * An option without a value goes back to the style sheet's, or the default.
 *
 * @returns the names of those whose values cannot be used. They have no effect.
 */
export function applyLook(options: ChatWidgetOptions, host: HTMLElement): readonly LookOption[] {
  const names = Object.keys(PROPERTIES) as LookOption[];
  return names.filter((name) => {
    const text = `${options[name] ?? ""}`.trim();
    // A bare number is pixels, except for the z-index.
    const css = text && name !== "zIndex" && Number.isFinite(+text) ? `${text}px` : text;
    const isUsable = !css || CSS.supports(PROPERTIES[name], css);
    if (isUsable) {
      host.style.setProperty(`--mailoo-chat-${name}`.replace(/[A-Z]/, "-$&").toLowerCase(), css);
    }
    return !isUsable;
  });
}
