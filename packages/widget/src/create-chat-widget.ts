import type { ChatWidgetOptions } from "./api/options.ts";
import type { ChatWidget } from "./api/widget.ts";
import { loadLazy } from "./chat/lazy-files.ts";
import { loadLocale } from "./i18n/load-locale.ts";
import { toBaseUrl } from "./launcher/base-url.ts";
import { createLauncher } from "./launcher/create-launcher.ts";
import { findRunning } from "./launcher/host-element.ts";
import { toStorageKey } from "./launcher/stored-keys.ts";

/**
 * Puts a chat widget on the page, one for each server: while there is one, made by a call or by a script tag, its handle is
 * returned.
 * Call it in a browser; importing this file on a server is harmless.
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
  const baseUrl = toBaseUrl(options.bff);
  const running = findRunning(toStorageKey(baseUrl))?.widget;
  if (running) {
    console.warn(`Mailoo Chat: ${baseUrl} has a widget already: createChatWidget() returns that one.`);
    return running;
  }
  return createLauncher(
    options,
    baseUrl,
    (locale) => Promise.all([import("./chat/mount.tsx"), loadLocale(locale)]),
    loadLazy,
  );
}
