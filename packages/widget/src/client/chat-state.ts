import type { Browser } from "./browser.ts";
import type { ChatState } from "./chat-client.ts";
import type { ConfigLoader } from "./config-loader.ts";
import type { Inbox } from "./inbox.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { createGracePeriod, toNotice, toTrouble } from "./notice.ts";
import { createNotifier } from "./notifier.ts";
import { readOutbox } from "./outbox.ts";
import type { Sender } from "./sender.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession } from "./stored-session.ts";
import { toTimelineEntries } from "./timeline.ts";
import { toReadMark, toUnread } from "./unread.ts";
import type { Visitor } from "./visitor.ts";

/** The client's state as the page sees it. */
export interface ObservedState {
  /** Always up to date. */
  toCurrent(): ChatState;
  /** The panel has been opened. */
  readonly isOpened: boolean;
  readonly subscribe: Listeners<ChatState>["add"];
  open(): void;
  /** Something that the state is made of has changed. */
  changed(): void;
  forget(): void;
  close(): void;
}

export function createChatState(
  browser: Browser,
  storage: ChatStorage,
  visitor: Visitor,
  configLoader: ConfigLoader,
  inbox: Inbox,
  toSender: () => Sender,
): ObservedState {
  const listeners = createListeners<ChatState>();
  /** The panel was opened, and the history is not loaded yet: the separator is still to be placed. */
  let isSeparatorDue = false;
  let firstUnreadId: string | null = null;
  let isOffline = false;
  let { connection } = inbox.conversation;
  /** Undefined after a change. */
  let state: ChatState | undefined;

  function toState(): ChatState {
    const { status, truncated, messages } = inbox.conversation;
    const { token, sessionPublicId = null } = readSession(storage);
    const outbox = readOutbox(storage);
    const timeline = toTimelineEntries(messages, outbox);
    const unread = toUnread(timeline, toReadMark(storage));
    if (isSeparatorDue && inbox.conversation.loaded) {
      isSeparatorDue = false;
      firstUnreadId = unread[0]?.id ?? null;
    }
    return {
      config: configLoader.config ?? null,
      timeline,
      connection,
      status,
      unread: unread.length,
      firstUnreadId,
      hasSession: !!token,
      sessionPublicId,
      truncated,
      asked: visitor.toAsked(configLoader.config, outbox),
      awayEmail: visitor.toAwayEmail(configLoader.config, status),
      isIdentityRefused: visitor.isIdentityRefused,
      notice: toNotice(connection, toSender().toPauseMs(), isOffline),
    };
  }

  function toCurrent(): ChatState {
    state ??= toState();
    return state;
  }

  function changed(): void {
    const { onLine } = browser.window.navigator;
    const hasChanged = connection !== inbox.conversation.connection;
    connection = inbox.conversation.connection;
    const misses = Math.max(configLoader.misses, toSender().toLost());
    isOffline = isOfflineFor(toTrouble(connection, hasChanged, onLine, observed.isOpened, misses));
    state = undefined;
    notify();
  }

  const notify = createNotifier(browser, () => listeners.call(toCurrent()));
  const isOfflineFor = createGracePeriod(browser, changed);

  const observed = {
    toCurrent,
    isOpened: false,
    subscribe: listeners.add,
    open() {
      observed.isOpened = isSeparatorDue = true;
    },
    changed,
    forget() {
      firstUnreadId = null;
    },
    close: listeners.clear,
  };
  return observed;
}
