import type { VisitorClaims } from "@mailoo-chat/protocol";
import { createEvents } from "../api/events.ts";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidget } from "../api/widget.ts";
import type { LoadLazy } from "../chat/lazy-files.ts";
import { applyLook } from "./apply-look.ts";
import { toConfigUrl } from "./config-url.ts";
import { answerProbes, HOST_TAG } from "./host-element.ts";
import { isOn } from "./is-on.ts";
import { keepAttached } from "./keep-attached.ts";
import { launcherLabel } from "./labels.ts";
import css from "./launcher.css?inline";
import { pickLocale, pickRegion } from "./locale.ts";
import { followOwnLaunchers } from "./own-launchers.ts";
import type { Chat, LoadCore, Shell } from "./shell.ts";
import { clearStored, hasStoredSession, toStorageKey } from "./stored-keys.ts";

/** Has the mode and the credentials of a plain `fetch()`, as the browser asks of a hint that it is to use. */
const CONFIG_HINT = { rel: "preload", as: "fetch", crossOrigin: "" };

const NO_CHAT: Chat["state"] = { open: false, unread: 0, status: "unknown", connection: "idle" };

/**
 * The part of a widget that every visitor of the page loads: the launcher, and a handle whose calls wait for the
 * core. It requests nothing until the visitor or the page wants the chat, or a stored conversation is found.
 *
 * @param stop aborted by `destroy()`.
 */
export function createLauncher(
  options: ChatWidgetOptions,
  baseUrl: string,
  loadCore: LoadCore,
  loadLazy: LoadLazy,
  stop = new AbortController(),
): ChatWidget {
  const { signal } = stop;
  const { hideOn } = options;
  // Some privacy tools leave them out.
  const { languages = [] } = navigator;
  const locale = pickLocale([options.locale, document.documentElement.lang, ...languages]);

  const host = document.createElement(HOST_TAG);
  const shadow = host.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  const launcher = document.createElement("button");
  /** Shown if the core cannot be loaded. In no language but the launcher's name: the texts come with the core. */
  const failure = document.createElement("div");
  const sheet = new CSSStyleSheet();
  const { on, off, emit } = createEvents(host);

  let visitor: VisitorClaims | undefined;
  let chat: Chat | undefined;
  let loading: Promise<Chat> | undefined;
  /** Undefined until a call or a click says so: then the panel may open by itself. */
  let isWanted: boolean | undefined;
  /** A text that was to be sent before a reset is not sent after it. */
  let resets = 0;

  const shell: Shell = {
    options,
    baseUrl,
    locale,
    region: pickRegion(locale, languages),
    shadow,
    root,
    launcher,
    signal,
    load: loadLazy,
    emit,
    mayOpen: () => isWanted !== false,
  };

  /** One load at a time. After a failure the next call tries again. */
  function load(): Promise<Chat> {
    loading ??= mount();
    return loading;
  }

  async function mount(): Promise<Chat> {
    failure.remove();
    launcher.setAttribute("aria-busy", "true");
    // Requested beside the core, which takes the answer from here.
    root.append(
      Object.assign(document.createElement("link"), CONFIG_HINT, { href: toConfigUrl(baseUrl, locale) }),
    );
    try {
      signal.throwIfAborted();
      const [core, strings] = await loadCore(locale);
      chat = core.mountChat(shell, strings, visitor);
      return chat;
    } catch (cause) {
      loading = undefined;
      signal.throwIfAborted();
      if (isWanted) root.append(failure);
      const error = codedError("not-loaded", cause);
      emit("error", error);
      throw error;
    } finally {
      launcher.removeAttribute("aria-busy");
    }
  }

  /** At once if the core is there, so that the effect of a call can be seen right after it. */
  function withChat(action: (chat: Chat) => void): void {
    if (chat) action(chat);
    else load().then(action, () => {});
  }

  /** A page's own button calls `open()` in a click of the visitor; a timer of the page does not. */
  function setOpen(open: boolean, text?: string, byVisitor = navigator.userActivation?.isActive): void {
    // With `hideOn` it is hidden until the core has looked at the path: a call waits for that.
    if (open && root.hidden && (chat || !hideOn)) return;
    isWanted = open && !signal.aborted;
    if (isWanted || chat)
      withChat((loaded) => (isWanted && !root.hidden ? loaded.open(byVisitor, text) : loaded.close()));
  }

  const preload = () => withChat(() => {});
  // A visitor who clicks again while the core is loading still wants the panel.
  const toggle = () => setOpen(!chat?.state.open);
  // The second click of a double-click does not close it again.
  const clicked = ({ detail }: MouseEvent, text?: string) =>
    detail > 1 || (text ? setOpen(true, text) : toggle());

  const widget: ChatWidget = {
    open: (how) => setOpen(true, how?.text),
    close: () => setOpen(false),
    toggle,
    show() {
      root.hidden = false;
      chat?.shown();
    },
    hide() {
      root.hidden = true;
    },
    send(text) {
      const resetsBefore = resets;
      const sent = load().then((loaded) => {
        if (resets !== resetsBefore) throw codedError("discarded");
        return loaded.send(text);
      });
      // Not an unhandled rejection for a page that does not use the promise.
      sent.catch(() => {});
      return sent;
    },
    identify(claims) {
      visitor = claims;
      chat?.identify(claims);
    },
    reset() {
      visitor = undefined;
      resets++;
      chat?.reset();
      clearStored(baseUrl);
    },
    destroy() {
      stop.abort(codedError("closed"));
      host.remove();
    },
    on,
    off,
    get state() {
      return { ...(chat?.state ?? NO_CHAT), visible: !root.hidden };
    },
  };

  host.id = toStorageKey(baseUrl);
  root.classList.toggle("left", options.position === "left");
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  launcher.setAttribute("part", "launcher");
  const label = launcherLabel(locale) as string;
  launcher.setAttribute("aria-label", label);
  failure.setAttribute("role", "alert");
  failure.textContent = `⚠ ${label} ↻`;
  launcher.onclick = failure.onclick = clicked;
  // The visitor is about to click: fetch the core ahead of it.
  launcher.onpointerover = launcher.onfocus = preload;
  if (!followOwnLaunchers(options.launcher, host, clicked, signal)) root.append(launcher);
  shadow.append(root);
  applyLook(options, host);
  answerProbes(host);
  keepAttached(host, signal, widget.destroy);

  if (hideOn) {
    root.hidden = true;
    load().catch(widget.show);
  }
  // The core shows the greeting, and knows whether the panel opens by itself.
  if (options.teaser || isOn(options.startOpen) || hasStoredSession(baseUrl)) preload();
  queueMicrotask(() => emit("ready"));
  return widget;
}

/** An error by its stable code; the client's own error class comes with the core. */
function codedError(code: string, cause?: unknown): Error & { readonly code: string } {
  return Object.assign(new Error(code, { cause }), { code });
}
