import type { ChatWidgetOptions } from "./api/options.ts";
import type { ChatWidget } from "./api/widget.ts";
import { loadLazy } from "./chat/lazy-files.ts";
import { loadLocale } from "./i18n/load-locale.ts";
import { toBaseUrl } from "./launcher/base-url.ts";
import { createLauncher } from "./launcher/create-launcher.ts";

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
  return createLauncher(
    options,
    toBaseUrl(options.bff),
    (locale) => Promise.all([import("./chat/mount.tsx"), loadLocale(locale)]),
    loadLazy,
  );
}
