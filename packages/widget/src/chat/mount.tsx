import type { ChatMessage } from "@mailoo-chat/protocol";
import { render } from "preact";
import { callAttention } from "../attention/attention.ts";
import { restoreTitle } from "../attention/title-badge.ts";
import { createChatClient } from "../client/create-client.ts";
import type { Strings } from "../i18n/strings.ts";
import { toTexts } from "../i18n/texts.ts";
import { isOn } from "../launcher/is-on.ts";
import type { Chat, DueGreeting, Shell } from "../launcher/shell.ts";
import { warn } from "../launcher/warn.ts";
import { announceChanges } from "./announce-changes.ts";
import { type ChatContextValue, ChatProvider } from "./chat-context.tsx";
import { focusPanel } from "./focus-panel.ts";
import { type FilledText, forgetDraft } from "./hooks/use-draft.ts";
import { keep, readKept } from "./kept.ts";
import { createLauncherButton } from "./launcher-button.ts";
import { FULL_SCREEN, Panel } from "./panel.tsx";
import { prepareRoot } from "./prepare-root.ts";
import { Teaser, type TeaserContent } from "./teaser.tsx";
import { toPreview } from "./text-files.ts";
import { warnOfOptions } from "./warn-of-options.ts";

/** The panel was open on this tab's page before. */
const OPEN = "#open";

/** The visitor has closed a panel that had opened by itself. */
const CLOSED = "#closed";

/**
 * Puts the conversation into the shell: creates the client, renders the panel and moves the focus. Everything else is the
 * components' own.
 */
export function mountChat(shell: Shell, strings: Strings | null): Chat {
  const { baseUrl, shadow, root, launcher, visitor, emit, signal } = shell;
  // Destroyed while the file was on its way.
  signal.throwIfAborted();
  // Before anything is started: if the page's own scripts make it throw, the next click tries again.
  const applyLook = prepareRoot(shell);
  warnOfOptions(shell.options);
  for (const name of shell.unusable) warn(name, shell.options[name]);
  const client = createChatClient(
    {
      baseUrl,
      locale: shell.locale,
      solveChallenge: async (challenge) =>
        (await shell.load("solve-challenge")).solveChallenge(challenge, signal),
      context: (...now) => shell.readContext?.(shell.options.context, shell.told, ...now),
    },
    () => shell.load("recall-session"),
  );
  let texts = strings;
  let context: ChatContextValue = {
    shell,
    client,
    t: toTexts(strings, shell.options.strings),
    startNew,
    choose,
    minimise: () => close(true),
  };
  const mount = document.createElement("div");

  let seen = client.state;
  let isOpen = false;
  /** Rendered from the first opening on, then kept: a closed panel still holds its draft. */
  let isRendered = false;
  let conversation = 0;
  /** Texts that were not sent in the conversation before. Null: what was typed is forgotten, too. */
  let carried: string | null = null;
  /** What the page wants in the text box; a new object each time. */
  let filled: FilledText | null = null;
  let teaser: TeaserContent | null = null;
  /** The last message that came unseen. */
  let newest: ChatMessage | undefined;
  let greeting: DueGreeting | null = null;
  /** The page's title tells of unread messages of this widget. */
  let hasBadge = false;
  let returnFocusTo: HTMLElement | null = null;
  /** The page has sent a text: should it wait for an answer of the visitor's, they are shown the form, once. */
  let opensForm = false;

  function update(): void {
    button.show(context.t, isOpen, client.state.unread);
    root.classList.toggle("greeted", !!teaser && !teaser.name);
    render(
      <ChatProvider value={context}>
        <Teaser content={teaser} onOpen={() => open(true)} onDismiss={dismissTeaser} />
        {isRendered && (
          <Panel isOpen={isOpen} conversation={conversation} carried={carried} filled={filled} />
        )}
      </ChatProvider>,
      mount,
    );
  }

  function showTeaser(content: TeaserContent | null): void {
    if (isOpen || shell.isEmbedded || teaser === content) return;
    teaser = content;
    update();
  }

  function dismissTeaser(): void {
    launcher.focus({ preventScroll: true });
    if (!teaser?.name) {
      greeting?.settle(true);
      setGreeting(null);
    }
    showTeaser(null);
  }

  function setGreeting(next: DueGreeting | null): void {
    greeting = next;
    context = { ...context, greeting: next?.text };
  }

  function clientChanged(): void {
    const before = seen;
    const { state } = client;
    seen = state;
    // Another tab, or the page, has removed the conversation, and the next may have begun while this page was asleep:
    // what was being written belonged to it. The text box empties itself.
    if (before.sessionPublicId && before.sessionPublicId !== state.sessionPublicId) forgetDraft(baseUrl);
    button.show(context.t, isOpen, state.unread);
    if (!state.unread) clearBadge();
    // Read in another tab, or gone with its conversation; or one has begun there.
    if (teaser?.name ? state.unread === 0 : isInConversation()) showTeaser(null);
    announceChanges(before, state, emit);
    markRead();
    showForm();
  }

  function clearBadge(): void {
    if (hasBadge) restoreTitle();
    hasBadge = false;
  }

  function reset(forget = client.reset, unsent: string | null = null): void {
    forget();
    // Now, and not after the carried texts are stored.
    clientChanged();
    forgetDraft(baseUrl);
    setGreeting(null);
    teaser = null;
    carried = unsent;
    conversation += 1;
    update();
  }

  function startNew(keepsTexts = false): void {
    const failed = client.state.timeline.filter(({ state }) => state === "failed");
    reset(client.startNew, keepsTexts ? failed.map(({ content }) => content).join("\n\n") : null);
    client.open();
  }

  function choose(text: string): void {
    if (client.state.awayEmail) {
      filled = { text, isToBeSent: true };
      update();
    } else client.send(text).catch(() => {});
  }

  function showForm(): void {
    const { asked, timeline } = client.state;
    const isHeld =
      asked.some(({ required }) => required) && timeline.some((entry) => entry.state === "waiting");
    if (!opensForm || !isHeld || root.hidden) return;
    opensForm = false;
    open(false);
  }

  /** Whether the visitor can see a message that comes now. */
  function isSeen(): boolean {
    return isOpen && !root.hidden && !document.hidden && !shell.isOutOfView;
  }

  function markRead(): void {
    if (isSeen() && client.state.unread > 0) client.markRead();
  }

  /** A first text that is on its way counts. */
  function isInConversation(): boolean {
    return client.state.hasSession || client.state.timeline.length > 0;
  }

  /** A visitor who has closed a panel that opens by itself has the last word. */
  function keepWish(byVisitor: boolean | undefined): void {
    if (byVisitor && isOn(shell.options.startOpen))
      keep("localStorage", baseUrl, CLOSED, !isOpen && "closed");
  }

  function open(byVisitor: boolean | undefined, text?: string): void {
    if (root.hidden) return;
    if (text) {
      filled = { text };
      if (isOpen) update();
    }
    if (!isOpen) {
      isOpen = isRendered = true;
      teaser = null;
      keepWish(byVisitor);
      // Whatever has the focus can be given it again.
      returnFocusTo = (shadow.activeElement ?? document.activeElement) as HTMLElement | null;
      client.open();
      update();
      emit("open");
    }
    if (byVisitor) greeting?.settle();
    markRead();
    const panel = mount.querySelector<HTMLElement>(".panel");
    if (!byVisitor || !panel) return;
    focusPanel(panel);
    if (shell.isEmbedded) shadow.host.scrollIntoView({ block: "nearest" });
  }

  function close(byVisitor: boolean): void {
    if (!isOpen) return;
    isOpen = false;
    keepWish(byVisitor || navigator.userActivation?.isActive);
    if (byVisitor) greeting?.settle();
    update();
    if (byVisitor) {
      returnFocusTo?.focus({ preventScroll: true });
      // What opened it may have been no control, or be gone or hidden by now.
      if (!returnFocusTo?.matches(":focus:not(body)")) launcher.focus({ preventScroll: true });
    }
    emit("close");
  }

  /** Not against the page's word, and never over a phone's whole screen. */
  function mayOpen(): boolean {
    return shell.isWanted !== false && !launcher.hidden && !matchMedia(FULL_SCREEN).matches;
  }

  /** Unless the visitor has closed such a panel. */
  function openByItself(goesOn: unknown): void {
    if (shell.isEmbedded) return;
    const startsOpen = isOn(shell.options.startOpen) && !readKept("localStorage", baseUrl, CLOSED);
    if (mayOpen() && (goesOn || startsOpen)) open(false);
  }

  root.append(mount);
  const button = createLauncherButton(shell);
  document.addEventListener("visibilitychange", markRead, { signal });
  const left = () =>
    shell.isEmbedded || keep("sessionStorage", baseUrl, OPEN, isOpen && isInConversation() && "open");
  addEventListener("pagehide", left, { signal });

  client.subscribe(clientChanged);
  client.onMessage((message) => {
    emit("message", message);
    if (isSeen()) return;
    newest = message;
    const preview = toPreview(message.content, message.author, shell);
    if (callAttention(context, message, preview)) hasBadge = true;
    preview.then((text) => {
      if (newest !== message || client.state.unread === 0 || signal.aborted) return;
      showTeaser({ name: message.authorName ?? shell.options.title ?? context.t.team, text });
    });
  });
  signal.addEventListener("abort", () => {
    client.close();
    clearBadge();
    render(null, mount);
  });
  if (visitor !== undefined) client.identify(visitor);
  update();
  // In a conversation it is as it was on the page before.
  openByItself(readKept("sessionStorage", baseUrl, OPEN) && isInConversation());

  return {
    get state() {
      const { unread, status, connection } = client.state;
      return { open: isOpen, unread, status, connection: connection.name };
    },
    open,
    close() {
      if (!shell.isEmbedded) close(false);
    },
    greet(next) {
      if (next && (isOpen || isInConversation())) return;
      setGreeting(next);
      if (next?.opens && mayOpen()) open(false);
      else showTeaser(next && { text: next.text });
    },
    shown: markRead,
    update(changes, next) {
      if (next !== undefined) texts = next;
      const isSaidAnew = next !== undefined || "strings" in changes;
      const t = isSaidAnew ? toTexts(texts, shell.options.strings) : context.t;
      context = { ...context, t };
      warnOfOptions(changes);
      applyLook();
      client.setLocale(shell.locale);
      if ("startOpen" in changes) openByItself(false);
      update();
    },
    send(text) {
      const sent = client.send(text);
      opensForm = true;
      showForm();
      return sent;
    },
    identify: client.identify,
    reset: () => reset(),
  };
}
