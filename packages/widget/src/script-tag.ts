import type { ChatWidgetOptions } from "./api/options.ts";
import type { LoadLazy } from "./chat/lazy-files.ts";
import type { Strings } from "./i18n/strings.ts";
import { toBaseUrl } from "./launcher/base-url.ts";
import { becomeGlobal, isGlobalFree } from "./launcher/become-global.ts";
import { createLauncher } from "./launcher/create-launcher.ts";
import { findScript, toFolder } from "./launcher/find-script.ts";
import { findRunning } from "./launcher/host-element.ts";
import { loadChunk } from "./launcher/load-chunk.ts";
import type { Core, LoadCore } from "./launcher/shell.ts";
import { toStorageKey } from "./launcher/stored-keys.ts";

// The script tag's entry, built as one classic script: it acts when it is run.

/** Written in by the build: the hash in the names of this release's files. */
declare const __RELEASE__: string;

declare global {
  interface Window {
    mailooChatSettings?: ChatWidgetOptions;
  }
}

const script = findScript();
const options: ChatWidgetOptions = { ...window.mailooChatSettings, ...script?.dataset };
/** Where all files are: at the BFF that the page names, else beside the script, else at the page's own server. */
const folder = toFolderOf(options.bff) || toFolder(script?.src) || `${toBaseUrl("/")}/`;
const baseUrl = toBaseUrl(folder);

const load = (name: string) =>
  loadChunk(`${folder}assets/${name}-${__RELEASE__}.js`, `${folder}v1/${name}.js`) as Promise<
    Core & { default: Strings }
  >;

const loadCore: LoadCore = (locale) =>
  Promise.all([
    load("core"),
    locale === "en"
      ? null
      : load(locale).then(
          (file) => file.default,
          () => null,
        ),
  ]);

// One for each server: not for the same script twice, again after a body swap, or beside `createChatWidget()`.
const before = findRunning(toStorageKey(baseUrl));
if (!before) createLauncher(options, baseUrl, loadCore, load as LoadLazy);
if (isGlobalFree()) {
  if (before) console.warn(`Mailoo Chat: ${baseUrl} has a widget already.`);
  becomeGlobal(findRunning(toStorageKey(baseUrl)));
}

/** Undefined if it cannot be used, of which the core warns. */
function toFolderOf(bff: string | undefined): string | undefined {
  try {
    return bff && `${toBaseUrl(bff)}/`;
  } catch {
    return undefined;
  }
}
