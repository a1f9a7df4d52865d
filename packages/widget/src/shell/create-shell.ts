import type { VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatWidget } from "../chat-widget.ts";
import type { ChatWidgetOptions } from "../widget-options.ts";
import { applyLook } from "./apply-look.ts";
import { createEmitter } from "./create-emitter.ts";
import { createLauncher } from "./create-launcher.ts";
import { followHiddenPaths } from "./follow-hidden-paths.ts";
import { followOwnLaunchers } from "./follow-own-launchers.ts";
import { hasStoredSession } from "./has-stored-session.ts";
import { isOn } from "./is-on.ts";
import { keepAttached } from "./keep-attached.ts";
import css from "./launcher.css?inline";
import { LAUNCHER_LABELS } from "./launcher-labels.ts";
import { pickLocale } from "./pick-locale.ts";
import type { Chat, Chunks, Shell } from "./shell.ts";

/** The one element that a page gets. */
export const HOST_TAG = "mailoo-chat-widget";

/** What tells that the visitor is about to open the chat: the core is fetched ahead of the click. */
const INTENT = ["pointerover", "focus", "touchstart"];

const TEASER_DELAY_MS = 4000;

const NO_CHAT: Chat["state"] = { open: false, unread: 0, status: "unknown", connection: "idle" };

/**
 * The part of a widget that every visitor of the page pays for: the launcher, and a handle whose calls wait for the
 * core. It asks the network for nothing until the visitor or the page wants the chat, or a stored conversation is
 * found.
 */
export function createShell(options: ChatWidgetOptions, baseUrl: string, chunks: Chunks): ChatWidget {
  const stop = new AbortController();
  const { signal } = stop;
  const { emit, on, off } = createEmitter();
  const locale = pickLocale([options.locale, document.documentElement.lang, ...navigator.languages]);

  const host = document.createElement(HOST_TAG);
  host.dataset.bff = baseUrl;
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement("div");
  const launcher = createLauncher(LAUNCHER_LABELS[locale]);
  shadow.append(root);
  if (!options.launcher) root.append(launcher);

  let visitor: VisitorClaims | undefined;
  let chat: Chat | undefined;
  let loading: Promise<Chat> | undefined;
  let wanted = false;

  const shell: Shell = {
    options,
    baseUrl,
    locale,
    shadow,
    root,
    launcher,
    get visitor() {
      return visitor;
    },
    signal,
    emit,
  };

  /** One load at a time; after a failure the next wish tries again. */
  function load(): Promise<Chat> {
    loading ??= chunks.loadCore(locale).then(
      ([core, strings]) => {
        if (signal.aborted) throw codedError("closed");
        chat = core.mountChat(shell, strings);
        return chat;
      },
      () => {
        loading = undefined;
        const error = codedError("not-loaded");
        emit("error", error);
        throw error;
      },
    );
    return loading;
  }

  /** Runs at once where the core is there, so that a call's effect can be read right after it. */
  function whenLoaded<T>(action: (chat: Chat) => T): T | Promise<T> {
    return chat ? action(chat) : load().then(action);
  }

  function preload(): void {
    load().catch(() => {});
  }

  function setOpen(open: boolean, byVisitor: boolean): void {
    if (signal.aborted) return;
    wanted = open;
    if (!open) return chat?.close();
    root.hidden = false;
    if (chat) return chat.open(byVisitor);
    launcher.ariaBusy = "true";
    load()
      .then((loaded) => wanted && loaded.open(byVisitor))
      .catch(() => {})
      .then(() => {
        launcher.ariaBusy = null;
      });
  }

  const isOpen = () => (chat ? chat.state.open : wanted);

  const widget: ChatWidget = {
    open: () => setOpen(true, isByVisitor()),
    close: () => setOpen(false, false),
    toggle: () => setOpen(!isOpen(), isByVisitor()),
    show() {
      root.hidden = false;
    },
    hide() {
      root.hidden = true;
    },
    send: async (text) => {
      if (signal.aborted) throw codedError("closed");
      return whenLoaded((loaded) => loaded.send(text));
    },
    identify(claims) {
      visitor = claims;
      chat?.identify(claims);
    },
    reset() {
      visitor = undefined;
      if (chat || hasStoredSession(baseUrl))
        Promise.resolve(whenLoaded((loaded) => loaded.reset())).catch(() => {});
    },
    destroy() {
      stop.abort();
      chat?.destroy();
      host.remove();
    },
    on,
    off,
    get state() {
      return { ...(chat?.state ?? NO_CHAT), visible: !root.hidden };
    },
  };

  launcher.addEventListener("click", () => setOpen(!isOpen(), true), { signal });
  for (const type of INTENT) launcher.addEventListener(type, preload, { signal, once: true, passive: true });
  if (options.launcher) followOwnLaunchers(options.launcher, () => setOpen(!isOpen(), true), signal);
  if (options.hideOn) followHiddenPaths(options.hideOn, root, signal);
  keepAttached(host, signal);
  applyLook(options, host, root, launcher);

  if (isOn(options.startOpen)) setOpen(true, false);
  else if (hasStoredSession(baseUrl)) preload();
  else if (options.teaser) {
    const timer = setTimeout(
      () =>
        chunks
          .loadTeaser()
          .then((teaser) => chat?.state.open || teaser.showTeaser(shell, () => setOpen(true, true))),
      Number(options.teaserDelayMs ?? TEASER_DELAY_MS),
    );
    signal.addEventListener("abort", () => clearTimeout(timer));
  }
  queueMicrotask(() => emit("ready", undefined));
  return widget;
}

/** An error by its stable code; the client's own error class comes with the core. */
function codedError(code: string): Error & { readonly code: string } {
  return Object.assign(new Error(`Mailoo Chat: ${code}`), { code });
}

/** A page's own button calls `open()` in a click of the visitor's; a timer of the page does not. */
function isByVisitor(): boolean {
  return Boolean(navigator.userActivation?.isActive);
}
