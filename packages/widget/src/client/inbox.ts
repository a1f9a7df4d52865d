import type { ChatMessage } from "@mailoo-chat/protocol";
import { accept, type Conversation, EMPTY_CONVERSATION, type News } from "./conversation.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { readOutbox, removeFromOutbox } from "./outbox.ts";
import type { SendPromises } from "./send-promises.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession, writeSession } from "./stored-session.ts";
import type { TabSync } from "./tab-sync.ts";
import { toReadMark } from "./unread.ts";

/** Holds the conversation, takes in what the BFF or the leader sends, and passes it on. */
export interface Inbox {
  readonly conversation: Conversation;
  /** Called with each message that is new to this visitor. */
  readonly onFresh: Listeners<ChatMessage>["add"];
  /** @param isFromLeader Another tab holds the connection, passes this on, and calls the listeners for all. */
  receive(news: News, isFromLeader?: boolean): void;
  change(fields: Partial<Conversation>): void;
  forget(): void;
  close(): void;
}

/** @param update Called when the conversation or the outbox has changed. */
export function createInbox(
  storage: ChatStorage,
  promises: SendPromises,
  tabs: TabSync,
  update: () => void,
): Inbox {
  const listeners = createListeners<ChatMessage>();

  function change(fields: Partial<Conversation>): void {
    inbox.conversation = { ...inbox.conversation, ...fields };
  }

  function receive(news: News, isFromLeader = false): void {
    if (!tabs.verify()) return;
    const outbox = readOutbox(storage);
    const before = inbox.conversation;
    // A late answer must not bring back a session that was forgotten.
    if (news.token && readSession(storage).token) writeSession(storage, { token: news.token });
    const circumstances = { outbox, readMark: toReadMark(storage), isFromLeader };
    const { state, confirmed, fresh } = accept(before, news, circumstances);
    inbox.conversation = state;
    // Other tabs are told before the outbox shrinks, so that no bubble disappears for a moment.
    if (!isFromLeader) tabs.tell({ ...news, loaded: state.loaded && !before.loaded });
    for (const message of confirmed) {
      const id = message.clientMessageId;
      promises.resolve(id, message);
      const sent = outbox.find((entry) => entry.id === id);
      if (!tabs.isLeading || !sent) continue;
      const newestOwn = state.messages.findLast(({ author }) => author === "visitor") ?? message;
      const context = sent.context && { context: { ...readSession(storage).context, ...sent.context } };
      writeSession(storage, { newestOwnId: newestOwn.id, ...context });
      removeFromOutbox(storage, id);
    }
    update();
    fresh.forEach(listeners.call);
  }

  const inbox = {
    conversation: EMPTY_CONVERSATION,
    onFresh: listeners.add,
    receive,
    change,
    forget: () => change({ ...EMPTY_CONVERSATION, status: inbox.conversation.status }),
    close: listeners.clear,
  };
  return inbox;
}
