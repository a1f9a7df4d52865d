import type { ChatWidgetOptions } from "../widget-options.ts";

/** Options that are CSS custom properties as well: a page may set `--mailoo-chat-offset-x` in a style sheet instead. */
const PROPERTIES = ["accent", "radius", "zIndex", "offsetX", "offsetY"] as const;

export function applyLook(options: ChatWidgetOptions, host: HTMLElement): void {
  for (const name of PROPERTIES) {
    const value = options[name];
    // A bare number is pixels, but for the z-index.
    const unit = name === "zIndex" || /\D|^$/.test(`${value}`) ? "" : "px";
    if (value != null) {
      host.style.setProperty(`--mailoo-chat-${name}`.replace(/[A-Z]/, "-$&").toLowerCase(), value + unit);
    }
  }
}
