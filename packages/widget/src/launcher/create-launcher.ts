import type { VisitorClaims } from "@mailoo-chat/protocol";
import { createEvents } from "../api/events.ts";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidget } from "../api/widget.ts";
import type { LoadLazy } from "../chat/lazy-files.ts";
import { applyLook } from "./apply-look.ts";
import { answerProbes, HOST_TAG } from "./host-element.ts";
import { isOn } from "./is-on.ts";
import { keepAttached } from "./keep-attached.ts";
import { launcherLabel } from "./labels.ts";
import css from "./launcher.css?inline";
import { pickLocale } from "./locale.ts";
import { followOwnLaunchers, toSelector } from "./own-launchers.ts";
import type { Chat, LoadCore, Shell } from "./shell.ts";
import { clearStored, hasStoredSession, toStorageKey } from "./stored-keys.ts";

const NO_CHAT: Chat["state"] = { open: false, unread: 0, status: "unknown", connection: "idle" };

/**
 * The part of a widget that every visitor of the page loads: the launcher, and a handle whose calls wait for the
 * core. It asks the network for nothing until the visitor or the page wants the chat, or a stored conversation is
 * found.
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
  const { hideOn, teaser } = options;
  const ownLaunchers = toSelector(options.launcher);
  const locale = pickLocale([options.locale, document.documentElement.lang, ...(navigator.languages ?? [])]);

  const host = document.createElement(HOST_TAG);
  const shadow = host.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  const launcher = document.createElement("button");
  const sheet = new CSSStyleSheet();
  const { on, off, emit } = createEvents(host);

  let visitor: VisitorClaims | undefined;
  let chat: Chat | undefined;
  let loading: Promise<Chat> | undefined;
  /** Undefined while nobody has said so: then the panel may open by itself. */
  let isWanted: boolean | undefined;
  /** A text that was to be sent before a reset is not sent after it. */
  let resets = 0;

  const shell: Shell = {
    options,
    baseUrl,
    locale,
    shadow,
    root,
    launcher,
    signal,
    load: loadLazy,
    emit,
    mayOpen: () => isWanted !== false,
  };

  /** One load at a time; after a failure the next wish tries again. */
  async function load(): Promise<Chat> {
    signal.throwIfAborted();
    loading ??= loadCore(locale).then(
      ([core, strings]) => {
        chat = core.mountChat(shell, strings, visitor);
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

  /** At once where the core is there, so that what a call does can be seen right after it. */
  function withChat(action: (chat: Chat) => void): void {
    if (chat) action(chat);
    else load().then(action, () => {});
  }

  /** A page's own button calls `open()` in a click of the visitor's; a timer of the page does not. */
  function setOpen(open: boolean, byVisitor = navigator.userActivation?.isActive): void {
    // With `hideOn` it is hidden until the core has looked at the path: a call waits for that.
    if (open && root.hidden && (chat || !hideOn)) return;
    isWanted = open && !signal.aborted;
    if (isWanted || chat)
      withChat((loaded) => (isWanted && !(hideOn && root.hidden) ? loaded.open(byVisitor) : loaded.close()));
  }

  const preload = () => withChat(() => {});
  // A visitor who clicks again while the core is on its way still wants the panel.
  const toggle = () => setOpen(!chat?.state.open);

  const widget: ChatWidget = {
    open: () => setOpen(true),
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
      // A page that does not ask what became of it is not told by an error of its own.
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
  launcher.setAttribute("aria-label", launcherLabel(locale) as string);
  // A double-click opens: its second click is part of the same wish.
  const clicked = ({ detail }: MouseEvent) => detail > 1 || toggle();
  launcher.onclick = clicked;
  // The visitor is about to click: the core is fetched ahead of it.
  launcher.onpointerover = launcher.onfocus = preload;
  if (!ownLaunchers) root.append(launcher);
  else if (ownLaunchers !== "none") followOwnLaunchers(ownLaunchers, host, clicked, signal);
  shadow.append(root);
  applyLook(options, host);
  answerProbes(host);
  keepAttached(host, signal, () => widget.destroy());

  if (hideOn) {
    root.hidden = true;
    load().catch(widget.show);
  }
  // The core shows the greeting, and knows whether the panel opens by itself.
  if (teaser || isOn(options.startOpen) || hasStoredSession(baseUrl)) preload();
  queueMicrotask(() => emit("ready"));
  return widget;
}

/** An error by its stable code; the client's own error class comes with the core. */
function codedError(code: string): Error & { readonly code: string } {
  return Object.assign(new Error(code), { code });
}
