import type { VisitorClaims } from "@mailoo-chat/protocol";
import { render } from "preact";
import type { ChatClient, ChatState } from "../client/chat-client.ts";
import { type ChatClientOptions, createChatClient } from "../client/create-client.ts";
import { pickRegion } from "../i18n/pick-region.ts";
import type { Strings } from "../i18n/strings.ts";
import { toTexts, withNumber } from "../i18n/texts.ts";
import { PLACED } from "../launcher/host-element.ts";
import { isOn } from "../launcher/is-on.ts";
import type { Chat, Shell } from "../launcher/shell.ts";
import { toStorageKey } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import { announceChanges } from "./announce-changes.ts";
import { createBackWatch } from "./back-closes.ts";
import { createDraft } from "./draft.ts";
import { followMedia } from "./follow-media.ts";
import { keepKeys } from "./keep-keys.ts";
import { createOpenMemory } from "./open-memory.ts";
import css from "./panel.css?inline";
import { Panel } from "./panel.tsx";
import { createParts } from "./parts.tsx";
import { readAccent } from "./read-accent.ts";
import { createReading } from "./reading.ts";
import { createWriting } from "./writing.ts";

const RTL = /^(?:ar|fa|he|ur)/;

/** The default of `--mailoo-chat-accent`, as a computed style gives it. */
const OWN_ACCENT = "rgb(58, 91, 255)";

/** Options with few values; any other is as if it were not given. */
const CHOICES: Readonly<Record<"position" | "theme", readonly string[]>> = {
  position: ["left", "right"],
  theme: ["light", "dark", "auto"],
};

/** Longest text where the BFF has not said yet, in UTF-16 units. */
const CONTENT_MAX = 4000;

/** The same condition as in the style sheet. */
const FULL_SCREEN = "(max-width: 480px), (max-height: 420px)";

/**
 * Puts the conversation into the shell. One way only: the client, the visitor or the screen changes, and everything
 * is drawn again from what is known then.
 *
 * @param createClient the conversation's other end; tests pass their own.
 */
export function mountChat(
  shell: Shell,
  strings: Strings | null,
  visitor: VisitorClaims | undefined,
  createClient: (options: ChatClientOptions) => ChatClient = createChatClient,
): Chat {
  const { options, baseUrl, locale, shadow, root, launcher, emit, signal } = shell;
  // Destroyed while the file was on its way.
  signal.throwIfAborted();
  const t = toTexts(strings, options.strings);
  // The same language as the visitor's region writes its times.
  const region = pickRegion(locale, navigator.languages ?? []);
  const client = createClient({
    baseUrl,
    // Fetched when the server asks for it: before a first message, and only if it is under siege.
    solveChallenge: async (challenge) =>
      (await import("./solve-challenge.ts")).solveChallenge(challenge, signal),
  });
  const mount = document.createElement("div");
  const badge = document.createElement("span");
  const maxUnits = () => client.state.config?.limits.contentMax ?? CONTENT_MAX;
  const reading = createReading(() => mount.querySelector<HTMLElement>(".log"), draw);
  const writing = createWriting({
    draft: createDraft(toStorageKey(baseUrl), () => client.state.sessionPublicId),
    findBox: () => mount.querySelector("textarea"),
    maxUnits,
    send: (text) => void client.send(text).catch(() => {}),
    draw,
  });

  let seen = client.state;
  let isOpen = false;
  /** Drawn from the first opening on, then kept: a closed panel still holds its draft. */
  let isDrawn = false;
  let isFullScreen = false;
  let isCovering = false;
  let returnFocusTo: HTMLElement | null = null;

  /** What the page has said of the visitor. Unlike the answers in a form, it holds over conversations. */
  let identity = visitor ?? {};
  /** The page has sent a text: should it wait for an answer of the visitor's, they are shown the form, once. */
  let opensForm = false;

  const memory = createOpenMemory(baseUrl);
  const watchBack = createBackWatch(() => close(true));
  const parts = createParts({ shell, t, client, draw: drawQuietly, startNew });

  function draw(): void {
    const { state } = client;
    const { unread } = state;
    const label = unread ? withNumber(locale, t.openUnread, unread) : t.openChat;
    launcher.setAttribute("aria-label", isOpen ? t.closeChat : label);
    badge.textContent = unread > 99 ? "99+" : unread ? `${unread}` : "";
    root.classList.toggle("opened", isOpen);
    watchBack(isOpen && isFullScreen);
    if (!isDrawn) return;
    const settle = reading.prepare(state, isOpen);
    const hadFocus = mount.contains(shadow.activeElement);
    render(
      <Panel
        t={t}
        locale={region}
        options={options}
        chat={state}
        isFullScreen={isFullScreen}
        reading={reading}
        writing={writing}
        maxUnits={maxUnits()}
        retry={client.retry}
        discard={client.discard}
        minimise={() => close(true)}
        toggleMenu={parts.toggleMenu}
        isMenuOpen={parts.isMenuOpen()}
        menu={parts.menu}
        replacement={parts.replacement}
        occasional={parts.occasional}
        linkify={parts.linkify}
      />,
      mount,
    );
    settle();
    writing.prepare();
    // What had it is gone: whoever uses a keyboard stays in the panel.
    if (hadFocus && !shadow.activeElement) focus(".pre-chat [aria-invalid=true]");
    const panel = mount.querySelector<HTMLElement>(".panel");
    if (isFullScreen && !isCovering && panel) {
      isCovering = true;
      parts.coverScreen(panel, () => isFullScreen);
    }
  }

  /** What a part brings is no news: a screen reader is not told of a link that was a text before. */
  function drawQuietly(): void {
    reading.hush();
    draw();
  }

  function clientChanged(state: ChatState): void {
    const before = seen;
    seen = state;
    // Another tab, or the page, has removed the conversation, and the next may have begun while this page was asleep:
    // what was being written belonged to it.
    if (before.sessionPublicId && before.sessionPublicId !== state.sessionPublicId) {
      writing.clear();
      parts.forgetIntroduction();
    }
    draw();
    announceChanges(before, state, emit);
    markRead();
    showForm();
  }

  function showForm(): void {
    const { asked, timeline } = client.state;
    const isHeld =
      asked.some(({ required }) => required) && timeline.some((entry) => entry.state === "waiting");
    if (!opensForm || !isHeld || root.hidden) return;
    opensForm = false;
    open(false);
  }

  function reset(): void {
    parts.forgetIntroduction();
    client.reset();
    writing.clear();
  }

  function startNew(): void {
    reset();
    client.identify(identity);
    client.open();
  }

  /** Whether the visitor can see a message that comes now. */
  function isSeen(): boolean {
    return isOpen && !root.hidden && !document.hidden;
  }

  function markRead(): void {
    if (isSeen() && client.state.unread > 0) client.markRead();
  }

  function open(byVisitor: boolean | undefined): void {
    if (!isOpen) {
      isOpen = isDrawn = true;
      keepWish(byVisitor);
      // Whatever has the focus can be given it again.
      returnFocusTo = (shadow.activeElement ?? document.activeElement) as HTMLElement | null;
      client.open();
      draw();
      emit("open");
    }
    markRead();
    // Without a mouse a focused text box calls the on-screen keyboard, before anything was read.
    if (byVisitor) focus(matchMedia("(pointer: coarse)").matches ? ".panel" : "textarea, .pre-chat input");
  }

  /** A first text that is on its way counts. */
  function isInConversation(): boolean {
    return client.state.hasSession || client.state.timeline.length > 0;
  }

  /** The last word is the visitor's, as to a panel that opens by itself. */
  function keepWish(byVisitor: boolean | undefined): void {
    if (byVisitor && isOn(options.startOpen)) memory.keepWish(isOpen);
  }

  /** The first that matches, else the panel itself. */
  function focus(selector: string): void {
    const target = mount.querySelector(selector) ?? mount.querySelector(".panel");
    (target as HTMLElement | null)?.focus({ preventScroll: true });
  }

  function close(byVisitor: boolean): void {
    if (!isOpen) return;
    isOpen = false;
    keepWish(byVisitor || navigator.userActivation?.isActive);
    draw();
    if (byVisitor) {
      const target = launcher.isConnected ? launcher : returnFocusTo;
      target?.focus({ preventScroll: true });
    }
    emit("close");
  }

  // White is read well on our own accent, and perhaps not on the site's. Asked before anything is changed, it costs nothing.
  const accent = readAccent(root);
  if (accent !== OWN_ACCENT) parts.keepReadable(accent);
  adoptSheet(shadow, css);
  for (const [name, known] of Object.entries(CHOICES)) {
    const value = options[name as keyof typeof CHOICES];
    if (value && !known.includes(value)) warn(name, value);
  }
  root.classList.add("root");
  root.classList.toggle("bare", !root.contains(launcher));
  root.lang = locale;
  root.dir = RTL.test(locale) ? "rtl" : "ltr";
  badge.className = "badge";
  launcher.append(badge);
  root.append(mount);

  followMedia("(prefers-color-scheme: dark)", signal, (isDark) => {
    root.classList.toggle("dark", options.theme === "dark" || (options.theme !== "light" && isDark));
  });
  followMedia(FULL_SCREEN, signal, (matches) => {
    isFullScreen = matches;
    draw();
  });
  document.addEventListener("visibilitychange", markRead, { signal });
  addEventListener("pagehide", () => memory.keep(isOpen && isInConversation()), { signal });
  mount.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    // Nothing of the page's is to close with it.
    event.preventDefault();
    close(true);
  });
  keepKeys(root, signal);
  // Pages that scroll by themselves take these from the browser: in the panel the browser scrolls.
  for (const type of ["wheel", "touchmove"])
    mount.addEventListener(type, (event) => event.stopPropagation(), { passive: true });

  shadow.host.addEventListener(PLACED, reading.restore);
  client.subscribe(clientChanged);
  client.onMessage((message) => {
    emit("message", message);
    if (!isSeen()) parts.callAttention(message);
  });
  signal.addEventListener("abort", () => {
    client.close();
    watchBack(false);
    render(null, mount);
  });
  if (visitor) client.identify(visitor);
  draw();
  // In a conversation it is as it was on the page before, but never over a phone's whole screen.
  const goesOn = memory.wasOpen && isInConversation() && !isFullScreen;
  const startsOpen = isOn(options.startOpen) && !memory.isUnwanted;
  if (shell.mayOpen() && (goesOn || startsOpen)) open(false);

  return {
    get state() {
      const { unread, status, connection } = client.state;
      return { open: isOpen, unread, status, connection: connection.name };
    },
    open,
    close: () => close(false),
    shown: markRead,
    send(text) {
      const sent = client.send(text);
      opensForm = true;
      showForm();
      return sent;
    },
    identify(claims) {
      identity = { ...identity, ...claims };
      client.identify(claims);
    },
    reset() {
      identity = {};
      reset();
    },
  };
}
