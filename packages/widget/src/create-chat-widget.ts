import type { ChatWidgetOptions } from "./api/options.ts";
import type { ChatWidget } from "./api/widget.ts";
import { loadLazy } from "./chat/lazy-files.ts";
import { loadLocale } from "./i18n/load-locale.ts";
import { toBaseUrl } from "./launcher/base-url.ts";
import { createLauncher } from "./launcher/create-launcher.ts";

/** The widgets on the page, by base URL. */
const widgets = new Map<string, ChatWidget>();

/**
 * Puts a chat widget on the page, one for each server: a second call returns the first one's handle until that is destroyed.
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
  const running = widgets.get(baseUrl);
  if (running) {
    console.warn(
      `Mailoo Chat: there is a widget for ${baseUrl} already: createChatWidget() returns that one.`,
    );
    return running;
  }
  const stop = new AbortController();
  stop.signal.addEventListener("abort", () => widgets.delete(baseUrl));
  const widget = createLauncher(
    options,
    baseUrl,
    (locale) => Promise.all([import("./chat/mount.tsx"), loadLocale(locale)]),
    loadLazy,
    stop,
  );
  widgets.set(baseUrl, widget);
  return widget;
}
