import type { ContextValues, VisitorClaims } from "@mailoo-chat/protocol";
import { createEvents } from "../api/events.ts";
import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidget } from "../api/widget.ts";
import type { LoadLazy } from "../chat/lazy-files.ts";
import type { Greeter } from "../greetings/create-greeter.ts";
import type { Strings } from "../i18n/strings.ts";
import { applyLook } from "./apply-look.ts";
import { toConfigUrl } from "./config-url.ts";
import { answerProbes, HOST_TAG } from "./host-element.ts";
import { isOn } from "./is-on.ts";
import { keepAttached } from "./keep-attached.ts";
import { type Locale, launcherLabel } from "./labels.ts";
import css from "./launcher.css?inline";
import { pickLocale, pickRegion } from "./locale.ts";
import { followOwnLaunchers } from "./own-launchers.ts";
import type { Chat, LoadCore, Shell } from "./shell.ts";
import { clearStored, hasStoredSession, toStorageKey } from "./stored-keys.ts";
import { warn } from "./warn.ts";

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
  // Some privacy tools leave them out.
  const { languages = [] } = navigator;

  const host = document.createElement(HOST_TAG);
  const shadow = host.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  const launcher = document.createElement("button");
  /** Shown if the core cannot be loaded. In no language but the launcher's name: the texts come with the core. */
  const failure = document.createElement("div");
  const sheet = new CSSStyleSheet();
  const { on, off, emit } = createEvents(host);

  let visitor: VisitorClaims | null | undefined;
  let chat: Chat | undefined;
  let loading: Promise<Chat> | undefined;
  /** Undefined until a call or a click says so: then the panel may open by itself. */
  let isWanted: boolean | undefined;
  /** A text that was to be sent before a reset is not sent after it. */
  let resets = 0;

  let wantedLocale: Locale;
  let greeter: Promise<Greeter> | undefined;

  const shell = {
    options,
    baseUrl,
    locale: "en" as Locale,
    region: "en",
    shadow,
    root,
    launcher,
    get isEmbedded(): boolean {
      return /^(inline|page)$/.test(`${shell.options.mode}`);
    },
    isInView: true,
    leaveTarget: undefined as Shell["leaveTarget"],
    signal,
    load: loadLazy,
    emit,
    told: {} as ContextValues,
    context: undefined as Shell["context"],
    mayOpen: () => isWanted !== false && !launcher.hidden,
    hasSession: () => hasStoredSession(baseUrl),
  } satisfies Shell;

  function begin(): void {
    launcher.hidden = false;
    const { greetings, startOpen, teaser } = shell.options;
    if (shell.isEmbedded) return;
    // The core knows whether the panel opens by itself.
    if (isOn(startOpen)) preload();
    // What the page itself loads comes before a greeting.
    const greetWhenIdle = () => (window.requestIdleCallback ?? setTimeout)(() => signal.aborted || greet());
    if (greetings || teaser || greeter) {
      if (document.readyState === "complete") greetWhenIdle();
      else addEventListener("load", greetWhenIdle, { signal });
    }
  }

  /** Takes up options that are new: all of them at first, then those of an `update()`. */
  function apply(changes: ChatWidgetOptions): void {
    root.classList.toggle("left", shell.options.position === "left");
    applyLook(changes, host);
    if ("launcher" in changes || "mode" in changes) {
      if (setOwnLauncher(shell.options.launcher) || shell.isEmbedded) launcher.remove();
      else if (!launcher.parentNode) root.prepend(launcher);
    }
    if ("locale" in changes) followLocale();
    if ("hideOn" in changes && !chat) {
      root.hidden = !!changes.hideOn;
      if (root.hidden) load().catch(widget.show);
    }
    if (shell.isEmbedded || shell.leaveTarget) {
      loadLazy("embed-panel")
        .then(({ embedPanel }) => embedPanel(shell, setOpen, () => chat?.shown(), warn))
        .catch((cause) => emit("error", codedError("not-loaded", cause)));
    }
    if ("away" in changes) {
      launcher.hidden = !shell.isEmbedded && changes.away === "hide" && !shell.hasSession();
      if (launcher.hidden) loadLazy("away").then((file) => file.hideWhileAway(shell, begin), begin);
    }
    if (!launcher.hidden) begin();
    if (loading) loadContext();
    chat?.update(changes);
  }

  /** Before the first message. One is sent without it rather than not at all. */
  async function loadContext(): Promise<void> {
    if (shell.options.context) shell.context ??= await loadLazy("context").catch(() => undefined);
  }

  /** Texts stay until those of the new locale are there, and if they cannot be had. The last call wins. */
  async function followLocale(): Promise<void> {
    const locale = pickLocale([shell.options.locale, document.documentElement.lang, ...languages]);
    wantedLocale = locale;
    let strings: Strings | null | undefined;
    if (chat && locale !== shell.locale) {
      [, strings] = await loadCore(locale);
      if (signal.aborted || wantedLocale !== locale || (!strings && locale !== "en")) return;
    }
    shell.locale = locale;
    shell.region = pickRegion(locale, languages);
    const label = launcherLabel(locale) as string;
    failure.textContent = `⚠ ${label} ↻`;
    if (chat) chat.update({}, strings);
    else launcher.setAttribute("aria-label", label);
  }

  /** One load at a time. After a failure the next call tries again. */
  function load(): Promise<Chat> {
    loading ??= mount();
    return loading;
  }

  /** Once more if another locale was set meanwhile. */
  async function loadParts(locale = shell.locale): ReturnType<LoadCore> {
    const parts = await loadCore(locale);
    return locale === shell.locale ? parts : loadParts();
  }

  async function mount(): Promise<Chat> {
    failure.remove();
    launcher.setAttribute("aria-busy", "true");
    // Requested beside the core, which takes the answer from here.
    root.append(
      Object.assign(document.createElement("link"), CONFIG_HINT, {
        href: toConfigUrl(baseUrl, shell.locale),
      }),
    );
    try {
      signal.throwIfAborted();
      const [[core, strings]] = await Promise.all([loadParts(), loadContext()]);
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

  /** By the options of now, or by its id. */
  function greet(id?: string): void {
    greeter ??= loadLazy("greetings").then(({ createGreeter }) => createGreeter(shell, widget, withChat));
    greeter.then(
      (loaded) => loaded.greet(id),
      () => {},
    );
  }

  /** A page's own button calls `open()` in a click of the visitor; a timer of the page does not. */
  function setOpen(open: boolean, text?: string, byVisitor = navigator.userActivation?.isActive): void {
    // With `hideOn` it is hidden until the core has looked at the path: a call waits for that. What is a part of the page
    // is not closed.
    if (open ? root.hidden && (chat || !shell.options.hideOn) : shell.isEmbedded) return;
    isWanted = open && !signal.aborted;
    if (isWanted || chat)
      withChat((loaded) => (isWanted && !root.hidden ? loaded.open(byVisitor, text) : loaded.close()));
  }

  const preload = () => withChat(() => {});
  // A visitor who clicks again while the core is loading still wants the panel.
  const toggle = () => setOpen(shell.isEmbedded || !chat?.state.open);
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
    greet,
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
    update(changes) {
      const { bff, ...own }: ChatWidgetOptions = Object(changes);
      if (bff && bff !== options.bff) warn("bff", bff);
      shell.options = { ...shell.options, ...own };
      apply(own);
    },
    context(values) {
      Object.assign(shell.told, values);
    },
    reset() {
      visitor = undefined;
      shell.told = {};
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
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  launcher.setAttribute("part", "launcher");
  failure.setAttribute("role", "alert");
  launcher.onclick = failure.onclick = clicked;
  // The visitor is about to click: fetch the core ahead of it.
  launcher.onpointerover = launcher.onfocus = preload;
  const setOwnLauncher = followOwnLaunchers(host, clicked, signal);
  shadow.append(root);
  answerProbes(host, { widget, destroyed: signal });
  apply({ launcher: "", locale: "", ...options });
  keepAttached(host, signal, widget.destroy, () => shell.options.locale === "auto" && followLocale());
  if (shell.hasSession()) preload();
  queueMicrotask(() => emit("ready"));
  return widget;
}

/** An error by its stable code; the client's own error class comes with the core. */
function codedError(code: string, cause?: unknown): Error & { readonly code: string } {
  return Object.assign(new Error(code, { cause }), { code });
}
