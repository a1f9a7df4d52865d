import { toBaseUrl } from "./base-url.ts";
import type { ChatWidget } from "./chat-widget.ts";
import { findScript, toFolder } from "./embed/find-script.ts";
import { loadChunk } from "./embed/load-chunk.ts";
import { createShell, HOST_TAG } from "./shell/create-shell.ts";
import type { Chunks } from "./shell/shell.ts";
import type { ChatWidgetOptions } from "./widget-options.ts";

// The script tag's entry, built as one classic script: it acts when it is run.

/** Written in by the build: the hashes in the names of the files that are loaded later. */
declare const __HASHES__: { readonly core: string; readonly teaser: string; readonly locales: string };

/** The page's own stub, which only queues, or what we put in its place: `MailooChat("open")`, `MailooChat.open()`. */
type Global = ((method: string, ...args: unknown[]) => unknown) &
  Partial<ChatWidget> & { q?: ArrayLike<unknown>[] };

declare global {
  interface Window {
    MailooChat?: Global;
    mailooChatSettings?: ChatWidgetOptions;
  }
}

const script = findScript();
const options: ChatWidgetOptions = { ...window.mailooChatSettings, ...script?.dataset };

if (script || options.bff) start();
else console.error("Mailoo Chat: set data-bff to the address of the chat server.");

function start(): void {
  const baseUrl = toBaseUrl(options.bff ?? toFolder(script?.src ?? ""));
  // The same script twice, or again after a body swap.
  if (document.querySelector(`${HOST_TAG}[data-bff="${baseUrl}"]`)) return;
  const isFirst = !document.querySelector(HOST_TAG);
  const widget = createShell(options, baseUrl, toChunks(script ? toFolder(script.src) : `${baseUrl}/`));
  if (isFirst) becomeGlobal(widget);
}

function toChunks(folder: string): Chunks {
  const load = (name: string, hash: string) =>
    loadChunk(`${folder}assets/${name}-${hash}.js`, `${folder}v1/${name}.js`);
  // The build puts these modules behind these names.
  return {
    loadCore: (locale) =>
      Promise.all([
        load("core", __HASHES__.core),
        locale === "en" ? null : load(locale, __HASHES__.locales).then(defaultOf, () => null),
      ]) as ReturnType<Chunks["loadCore"]>,
    loadTeaser: () => load("teaser", __HASHES__.teaser) as ReturnType<Chunks["loadTeaser"]>,
  };
}

function defaultOf(module: unknown): unknown {
  return (module as { default: unknown }).default;
}

/** Answers what the page has called so far, in order, and every later call at once. */
function becomeGlobal(widget: ChatWidget): void {
  const queue = window.MailooChat?.q ?? [];
  const call: Global = (method, ...args) => {
    const member: unknown = widget[method as keyof ChatWidget];
    return typeof member === "function" ? member(...args) : member;
  };
  window.MailooChat = Object.defineProperties(call, Object.getOwnPropertyDescriptors(widget));
  for (const [method, ...args] of Array.from(queue, Array.from<unknown>)) call(method as string, ...args);
}
