import { createEvents } from "../api/events.ts";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidget } from "../api/widget.ts";
import type { LoadLazy } from "../chat/lazy-files.ts";
import type { EarlyConfig } from "../client/config-loader.ts";
import type { PageOptions } from "../page-options/follow-options.ts";
import { applyLook } from "./apply-look.ts";
import { toConfigUrl } from "./config-url.ts";
import { answerProbes, HOST_TAG } from "./host-element.ts";
import { keepAttached } from "./keep-attached.ts";
import { type Locale, launcherLabel } from "./labels.ts";
import css from "./launcher.css?inline";
import { pickLocale, pickRegion } from "./locale.ts";
import { followOpeners } from "./openers.ts";
import type { Chat, LoadCore, Shell } from "./shell.ts";
import { clearStored, hasStoredSession, toStorageKey } from "./stored-keys.ts";

/** Then the core requests it itself. */
const CONFIG_TIMEOUT_MS = 10_000;

/**
 * The part of a widget that every visitor of the page loads: the launcher, and a handle whose calls wait for the
 * core. It requests nothing until the visitor or the page wants the chat, or a stored conversation is found; except one
 * file, if the page uses an option that needs it.
 */
export function createLauncher(
  options: ChatWidgetOptions,
  baseUrl: string,
  loadCore: LoadCore,
  load: LoadLazy,
): ChatWidget {
  const stop = new AbortController();
  const signal = stop.signal;
  // Some privacy tools leave them out.
  const languages = navigator.languages ?? [];

  const host = document.createElement(HOST_TAG);
  const shadow = host.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  const launcher = document.createElement("button");
  /** Shown if the core cannot be loaded. In no language but the launcher's name: the texts come with the core. */
  const failure = document.createElement("div");
  const sheet = new CSSStyleSheet();
  const { on, off, emit } = createEvents(host);

  let pageOptions: Promise<PageOptions | undefined> | undefined;

  const shell: Shell = {
    options,
    baseUrl,
    locale: "en",
    region: "en",
    shadow,
    root,
    launcher,
    told: {},
    unusable: applyLook(options, host),
    signal,
    load,
    loadCore,
    withChat,
    emit,
    pickLocale: (wanted = [shell.options.locale, document.documentElement.lang, ...languages]) =>
      pickLocale(wanted),
    setLocale,
  };

  function setLocale(locale: Locale): void {
    shell.locale = locale;
    shell.region = pickRegion(locale, languages);
    launcher.setAttribute("aria-label", launcherLabel(locale) as string);
  }

  /** One load at a time. After a failure the next call tries again. */
  function loadChat(): Promise<Chat> {
    shell.loading ??= mount();
    return shell.loading;
  }

  async function mount(): Promise<Chat> {
    try {
      signal.throwIfAborted();
      failure.remove();
      launcher.setAttribute("aria-busy", "true");
      // They may change the language.
      if (pageOptions) await pageOptions;
      const files = loadCore(shell.locale);
      shell.earlyConfig = loadConfig(toConfigUrl(baseUrl, shell.locale));
      const [core, strings] = await files;
      shell.chat = core.mountChat(shell, strings);
      return shell.chat;
    } catch (cause) {
      shell.loading = undefined;
      signal.throwIfAborted();
      if (shell.isWanted) {
        failure.textContent = `⚠ ${launcherLabel(shell.locale)} ↻`;
        root.append(failure);
      }
      throw notLoaded(cause);
    } finally {
      launcher.removeAttribute("aria-busy");
    }
  }

  /** The core takes the answer from here. After a failure it requests it itself, and says what is wrong. */
  function loadConfig(url: string): EarlyConfig {
    const request = async () => {
      const response = await fetch(url, { signal: AbortSignal.timeout(CONFIG_TIMEOUT_MS) });
      if (response.ok) early.answer = await response.json();
    };
    const early: EarlyConfig = { url, done: request().catch(() => {}) };
    return early;
  }

  function notLoaded(cause: unknown): Error {
    const error = codedError("not-loaded", cause);
    emit("error", error);
    return error;
  }

  /** At once if the core is there, so that the effect of a call can be seen right after it. */
  function withChat(action: (chat: Chat) => void): void {
    if (shell.chat) action(shell.chat);
    else loadChat().then(action, () => {});
  }

  /** If the file cannot be loaded, the page goes without it, and the next call tries again. */
  function loadPageOptions(): Promise<PageOptions | undefined> {
    pageOptions ??= load("page-options")
      .then((file) => file.followOptions(shell, widget))
      .catch((cause) => {
        pageOptions = undefined;
        launcher.hidden = false;
        notLoaded(cause);
        return undefined;
      });
    return pageOptions;
  }

  /** A page's own button calls `open()` in a click of the visitor; a timer of the page does not. */
  function open(text?: string): void {
    if (root.hidden || signal.aborted) return;
    const byVisitor = navigator.userActivation?.isActive;
    shell.isWanted = true;
    withChat((chat) => shell.isWanted && chat.open(byVisitor, text));
  }

  function close(): void {
    shell.isWanted = false;
    shell.chat?.close();
  }

  // A visitor who clicks again while the core is loading still wants the panel. An embedded one is shown by that.
  const toggle = () => (shell.chat?.state.open && !shell.isEmbedded ? close() : open());
  const preload = () => withChat(() => {});
  // The second click of a double-click does not close it again.
  const clicked = (event: MouseEvent, text?: string) => event.detail > 1 || (text ? open(text) : toggle());

  const widget: ChatWidget = {
    open: (how) => open(how?.text),
    close,
    toggle,
    show() {
      root.hidden = false;
      shell.chat?.shown();
    },
    hide() {
      root.hidden = true;
    },
    greet(id) {
      loadPageOptions().then((loaded) => loaded?.greet(id));
    },
    send(text) {
      const told = shell.told;
      const sent = loadChat().then((chat) => {
        // A text from before a `reset()` is not sent after it.
        if (told !== shell.told) throw codedError("discarded");
        return chat.send(text);
      });
      // Not an unhandled rejection for a page that does not use the promise.
      sent.catch(() => {});
      return sent;
    },
    identify(claims) {
      // Signed out: the next visitor may be another one.
      if (!claims && shell.visitor) shell.told = {};
      shell.chat?.identify(claims);
      shell.visitor = claims && { ...shell.visitor, ...claims };
    },
    update(changes) {
      // At once, for the calls that follow.
      shell.options = { ...shell.options, ...(changes as ChatWidgetOptions) };
      loadPageOptions().then((loaded) => loaded?.update(changes));
    },
    context(values) {
      Object.assign(shell.told, values);
    },
    reset() {
      shell.visitor = undefined;
      shell.told = {};
      shell.chat?.reset();
      clearStored(host.id);
    },
    destroy() {
      stop.abort(codedError("closed"));
      host.remove();
    },
    on,
    off,
    get state() {
      return {
        open: false,
        unread: 0,
        status: "unknown" as const,
        connection: "idle" as const,
        ...shell.chat?.state,
        visible: !root.hidden,
      };
    },
  };

  host.id = toStorageKey(baseUrl);
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  launcher.setAttribute("part", "launcher");
  failure.setAttribute("role", "alert");
  launcher.onclick = failure.onclick = clicked;
  // The visitor is about to click: fetch the core ahead of it.
  launcher.onpointerover = launcher.onfocus = preload;
  root.classList.toggle("left", options.position === "left");
  setLocale(shell.pickLocale());
  // These may take it away: then it is not to flash.
  launcher.hidden = !!(
    options.hideOn ||
    options.launcher ||
    options.away === "hide" ||
    (options.mode && options.mode !== "float")
  );
  // An attribute without a value is on.
  if (
    launcher.hidden ||
    options.startOpen === "" ||
    options.startOpen ||
    options.greetings ||
    options.teaser ||
    options.context ||
    options.locale === "auto"
  )
    loadPageOptions();
  followOpeners(host, () => shell.options.launcher, clicked, signal);
  root.append(launcher);
  shadow.append(root);
  answerProbes(host, { widget, destroyed: signal });
  keepAttached(host, signal, widget.destroy);
  if (hasStoredSession(host.id)) preload();
  queueMicrotask(() => emit("ready"));
  return widget;
}

/** An error by its stable code; the client's own error class comes with the core. */
function codedError(code: string, cause?: unknown): Error & { readonly code: string } {
  return Object.assign(new Error(code, { cause }), { code });
}
