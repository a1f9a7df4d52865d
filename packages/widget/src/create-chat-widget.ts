import { toBaseUrl } from "./base-url.ts";
import type { ChatWidget } from "./chat-widget.ts";
import { loadLocale } from "./locales/load-locale.ts";
import { createShell } from "./shell/create-shell.ts";
import type { ChatWidgetOptions } from "./widget-options.ts";

/**
 * Puts a chat widget on the page. Call it in a browser; importing this file on a server is harmless.
 *
 * @throws TypeError where `bff` is missing or no URL.
 * @example
 * const chat = createChatWidget({ bff: "https://chat.example.com", accent: "#0b5fff" });
 * chat.on("message", ({ content }) => console.log(content));
 */
export function createChatWidget(options: ChatWidgetOptions & { readonly bff: string }): ChatWidget {
  if (!options?.bff) {
    throw new TypeError('createChatWidget: set "bff" to the address of the chat server.');
  }
  return createShell(options, toBaseUrl(options.bff), {
    loadCore: (locale) => Promise.all([import("./core.ts"), loadLocale(locale)]),
    loadExtras: () => import("./extras/extras.ts"),
  });
}
