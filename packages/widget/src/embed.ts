import { toBaseUrl } from "./base-url.ts";
import type { ChatWidget } from "./chat-widget.ts";
import { findScript, toFolder } from "./embed/find-script.ts";
import { loadChunk } from "./embed/load-chunk.ts";
import type { Strings } from "./locales/strings.ts";
import { createShell } from "./shell/create-shell.ts";
import { HOST_TAG } from "./shell/host-tag.ts";
import type { Core, Extras } from "./shell/shell.ts";
import { toStorageKey } from "./stored-keys.ts";
import type { ChatWidgetOptions } from "./widget-options.ts";

// The script tag's entry, built as one classic script: it acts when it is run.

/** Written in by the build: the hash in the names of this release's files. */
declare const __RELEASE__: string;

/** The page's own stub, which only queues, or what we put in its place: `MailooChat("open")`, `MailooChat.open()`. */
type Global = ((method: string, ...args: unknown[]) => unknown) &
  Partial<ChatWidget> & { q?: Iterable<Parameters<Global>> };

declare global {
  interface Window {
    MailooChat?: Global;
    mailooChatSettings?: ChatWidgetOptions;
  }
}

const script = findScript();
const options: ChatWidgetOptions = { ...window.mailooChatSettings, ...script?.dataset };
const { bff } = options;
/** Where all files are: at the BFF that the page names, else beside the script, else at the page's own server. */
const folder = (!bff && toFolder(script?.src ?? "")) || `${toBaseUrl(bff || origin)}/`;
const baseUrl = toBaseUrl(bff || folder);

const load = (name: string) =>
  loadChunk(`${folder}assets/${name}-${__RELEASE__}.js`, `${folder}v1/${name}.js`) as Promise<
    Core & Extras & { default: Strings }
  >;

// Not for the same script twice, or again after a body swap.
if (!document.getElementById(toStorageKey(baseUrl))) {
  const isAlone = !document.querySelector(HOST_TAG);
  const widget = createShell(options, baseUrl, {
    loadCore: (locale) =>
      Promise.all([
        load("core"),
        locale === "en"
          ? null
          : load(locale).then(
              (file) => file.default,
              () => null,
            ),
      ]),
    loadExtras: () => load("extras"),
  });
  if (isAlone) becomeGlobal(widget);
}

/** Answers what the page has called so far, in order, and every later call at once. */
function becomeGlobal(widget: ChatWidget): void {
  const queue = window.MailooChat?.q ?? [];
  const call: Global = (method, ...args) => {
    const member: unknown = widget[method as keyof ChatWidget];
    return typeof member === "function" ? member(...args) : member;
  };
  window.MailooChat = Object.defineProperties(call, Object.getOwnPropertyDescriptors(widget));
  for (const [method, ...args] of queue) call(method, ...args);
}
