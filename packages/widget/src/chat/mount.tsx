import { render } from "preact";
import { createChatClient } from "../client/create-client.ts";
import type { Strings } from "../i18n/strings.ts";
import type { Chat, Shell } from "../launcher/shell.ts";
import { warn } from "../launcher/warn.ts";
import type { ChatActions } from "./chat-context.tsx";
import { createConversations } from "./conversations.ts";
import { isInConversation } from "./is-in-conversation.ts";
import { createOpening } from "./opening.ts";
import { prepareRoot } from "./prepare-root.ts";
import { warnOfOptions } from "./warn-of-options.ts";
import { Widget } from "./widget.tsx";
import { createWidgetState, type WidgetState } from "./widget-state.ts";

/** Puts the chat into the shell: creates the client, renders the widget, and takes the page's calls. */
export function mountChat(shell: Shell, strings: Strings | null): Chat {
  const { visitor, signal } = shell;
  // Destroyed while the file was on its way.
  signal.throwIfAborted();
  // Before anything is started: if the page's own scripts make it throw, the next click tries again.
  const applyLook = prepareRoot(shell);
  warnOfOptions(shell.options, shell.pickLocale);
  for (const name of shell.unusable) warn(name, shell.options[name]);
  const client = createChatClient(
    {
      baseUrl: shell.baseUrl,
      locale: shell.locale,
      solveChallenge: async (challenge) =>
        (await shell.load("solve-challenge")).solveChallenge(challenge, signal),
      context: (...now) => shell.readContext?.(shell.options.context, shell.told, ...now),
    },
    shell.load,
    shell.earlyConfig,
  );
  const mount = document.createElement("div");
  const widget = { state: createWidgetState(strings), change };
  const opening = createOpening(shell, client, widget);
  const { startNew, send, reset } = createConversations(shell, client, widget, opening.open);
  const actions: ChatActions = {
    open: () => opening.open(true),
    minimise: () => opening.close(true),
    startNew,
    choose(text) {
      if (client.state.awayEmail) widget.change({ filled: { text, isToBeSent: true } });
      else client.send(text).catch(() => {});
    },
    dismissGreeting() {
      widget.state.greeting?.settle(true);
      widget.change({ greeting: null });
    },
  };

  function change(fields: Partial<WidgetState>): void {
    widget.state = { ...widget.state, ...fields };
    render(<Widget shell={shell} client={client} actions={actions} state={widget.state} />, mount);
  }

  /** Whether the visitor can see the messages may be another matter now. */
  const look = () => widget.change({});

  shell.root.append(mount);
  signal.addEventListener("abort", () => {
    client.close();
    render(null, mount);
  });
  document.addEventListener("visibilitychange", look, { signal });
  if (visitor !== undefined) client.identify(visitor);
  look();
  opening.openAgain();
  opening.openAtStart();

  return {
    get state() {
      const { unread, status, connection } = client.state;
      return { open: widget.state.isOpen, unread, status, connection: connection.name };
    },
    open: opening.open,
    close() {
      if (!shell.isEmbedded) opening.close(false);
    },
    greet(greeting) {
      if (greeting && (widget.state.isOpen || isInConversation(client.state))) return;
      widget.change({ greeting, isGreeting: true });
      if (greeting?.opens) opening.openByItself();
    },
    shown: look,
    update(changes, next = widget.state.strings) {
      warnOfOptions(changes, shell.pickLocale);
      applyLook();
      client.setLocale(shell.locale);
      widget.change({ strings: next });
      if ("startOpen" in changes) opening.openAtStart();
    },
    send,
    // Signed out, without a conversation: there may be a draft.
    identify: (claims) =>
      claims || !shell.visitor?.token || client.state.hasSession ? client.identify(claims) : reset(),
    reset,
  };
}
