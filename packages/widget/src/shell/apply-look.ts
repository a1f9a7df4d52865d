import type { ChatWidgetOptions } from "../widget-options.ts";

/** Options that stand for CSS custom properties of the element: a page may set these in its style sheet instead. */
const PROPERTIES = ["accent", "radius", "z-index", "offset-x", "offset-y"];

export function applyLook(options: ChatWidgetOptions, host: HTMLElement): void {
  for (const property of PROPERTIES) {
    const option = property.replace(/-./, ([, letter = ""]) => letter.toUpperCase());
    const value = options[option as keyof ChatWidgetOptions];
    // A bare number is pixels, but for the z-index.
    const unit = property !== "z-index" && /^\d+$/.test(`${value}`) ? "px" : "";
    if (value != null) host.style.setProperty(`--mailoo-chat-${property}`, value + unit);
  }
}
