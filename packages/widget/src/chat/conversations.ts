import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ChatClient } from "../client/chat-client.ts";
import type { Shell } from "../launcher/shell.ts";
import { announceChanges } from "./announce-changes.ts";
import { forgetDraft } from "./hooks/use-draft.ts";
import { isSeen } from "./is-seen.ts";
import type { WidgetStore } from "./widget-state.ts";

export interface Conversations {
  /** See `ChatContextValue`. */
  startNew(keepsTexts?: boolean): void;
  /** A text of the page's. */
  send(text: string): Promise<ChatMessage>;
  /** The next visitor begins: nothing is kept. */
  reset(): void;
}

/**
 * Ends and begins conversations, also where the page or another tab does so: what is written and shown belongs to one of
 * them. Tells the page of changes.
 *
 * @param open called if a text of the page's waits for what only the visitor can say.
 */
export function createConversations(
  shell: Shell,
  client: ChatClient,
  widget: WidgetStore,
  open: (byVisitor: false) => void,
): Conversations {
  const { baseUrl, root, emit } = shell;
  let seen = client.state;
  /** The page has sent a text: should it wait for an answer of the visitor's, they are shown the form, once. */
  let opensForm = false;

  function clientChanged(): void {
    const before = seen;
    // What comes while the visitor is looking is never unread, not even for a moment.
    if (isSeen(shell, widget.state.isOpen) && client.state.unread) client.markRead();
    seen = client.state;
    // Another tab, or the page, has removed the conversation, and the next may have begun while this page was asleep:
    // what was being written belonged to it. The text box empties itself.
    if (before.sessionPublicId && before.sessionPublicId !== seen.sessionPublicId) forgetDraft(baseUrl);
    announceChanges(before, seen, emit);
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

  function end(forget: () => void, carried: string | null): void {
    forget();
    // Now, and not after the carried texts are stored.
    clientChanged();
    forgetDraft(baseUrl);
    const { number } = widget.state.conversation;
    widget.change({ greeting: null, conversation: { number: number + 1, carried } });
  }

  client.subscribe(clientChanged);
  return {
    startNew(keepsTexts) {
      const failed = client.state.timeline.filter(({ state }) => state === "failed");
      end(client.startNew, keepsTexts ? failed.map(({ content }) => content).join("\n\n") : null);
      client.open();
    },
    send(text) {
      const sent = client.send(text);
      opensForm = true;
      showForm();
      return sent;
    },
    reset: () => end(client.reset, null),
  };
}
