import {
  type ChatConfig,
  checkContent,
  isVisible,
  ROUTES,
  type SessionResponse,
} from "@mailoo-chat/protocol";
import { toConfigUrl } from "../launcher/config-url.ts";
import { findKeys, toStorageKey } from "../launcher/stored-keys.ts";
import { requestBff } from "./bff-request.ts";
import { type BrowserWindow, createBrowser, randomId } from "./browser.ts";
import type { ChatClient } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";
import { createChatState } from "./chat-state.ts";
import type { LoadClientFile } from "./client-files.ts";
import { createConfigLoader, type EarlyConfig } from "./config-loader.ts";
import { createSessionConnection } from "./connection/session-connection.ts";
import type { ContextSource } from "./context.ts";
import { isOnSocket } from "./conversation.ts";
import { createInbox } from "./inbox.ts";
import {
  addToOutbox,
  closeOutbox,
  findInOutbox,
  readOutbox,
  removeFromOutbox,
  retryInOutbox,
} from "./outbox.ts";
import type { Recall } from "./recall-session.ts";
import { createSendPromises } from "./send-promises.ts";
import { createSender } from "./sender.ts";
import { createChatStorage } from "./storage.ts";
import { readSession } from "./stored-session.ts";
import { createTabSync } from "./tab-sync.ts";
import { toReloadMs } from "./to-reload-ms.ts";
import { markAsRead } from "./unread.ts";
import { createVisitor } from "./visitor.ts";

export interface ChatClientOptions {
  /** The BFF's base URL: `https://chat.example.com/api/v1/webhooks/chat`. */
  readonly baseUrl: string;
  /** The language of the texts in the configuration. @default "en" */
  readonly locale?: string;
  /** @default the browser's window */
  readonly window?: BrowserWindow;
  /** Solves a challenge that the BFF sets before a first message. Without it such a message fails. */
  readonly solveChallenge?: (challenge: unknown) => Promise<unknown>;
  /** What the owner is told of the visitor, such as `createContext("page,locale")`. @default nothing */
  readonly context?: ContextSource | undefined;
}

/** Sockets push the presence. While polling it is read from the configuration. */
const STATUS_EVERY_MS = 60_000;

const RECALL_TIMEOUT_MS = 10_000;

/** The last conversation was left, and not the visitor: other tabs keep what their page has said of them. */
const SAME_VISITOR = "#same";

/** Wires storage, outbox, tabs and connection together. Their rules are in their own files. */
export function createChatClient(
  { window, solveChallenge, context, ...options }: ChatClientOptions,
  load: LoadClientFile,
  earlyConfig?: EarlyConfig,
): ChatClient {
  const browser = createBrowser(window ?? (globalThis.window as BrowserWindow));
  const { document, navigator } = browser.window;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const { locale: firstLocale = "en" } = options;
  const name = toStorageKey(baseUrl);
  const storage = createChatStorage(browser, name);
  const visitor = createVisitor(storage);
  const promises = createSendPromises();
  let isClosed = false;
  /** Undefined until it is fetched. */
  let recall: Recall | undefined;

  const configUrl = toConfigUrl(baseUrl, firstLocale);
  const configLoader = createConfigLoader(browser, configUrl, earlyConfig, (config, code) => {
    if (code === "origin_not_allowed") connection.lose("lost", 0, "origin-not-allowed");
    if (config) {
      // Sockets push what a cached configuration cannot know.
      if (!isOnSocket(inbox.conversation)) inbox.change({ status: config.status });
      browser.setTimer(reload, toReloadMs(config.away, Date.now(), Math.random()));
      pollStatus();
      work();
    }
    update();
  });

  const tabs = createTabSync(browser, storage, name, load, {
    onLead(isLeading) {
      if (isLeading) {
        work();
      } else {
        sender.rest();
        connection.stop();
      }
    },
    toSnapshot: () => inbox.conversation,
    onNews: (news) => inbox.receive(news, true),
    onForgotten() {
      forget();
      sync();
    },
    sync,
  });

  const inbox = createInbox(storage, promises, tabs, update);

  const state = createChatState(browser, storage, visitor, configLoader, inbox, () => sender);

  const connection = createSessionConnection(browser, storage, baseUrl, configLoader, inbox, tabs, (next) => {
    if (next.name === "ended") closeOutbox(storage);
    inbox.receive({ connection: next });
    if (next.name === "online") {
      pollStatus();
      sender.pump();
    }
  });

  const sender = createSender(browser, storage, baseUrl, {
    solveChallenge,
    isReachable: () =>
      navigator.onLine && (inbox.conversation.connection.name === "online" || !readSession(storage).token),
    onConfirmed(message) {
      // A session that begins here has no history.
      const loaded = inbox.conversation.loaded || inbox.conversation.connection.name === "idle";
      inbox.change({ loaded });
      inbox.receive({ messages: [message], loaded, isConfirmation: true });
      work();
    },
    onForgotten: sync,
    isHeld: (entry) =>
      (isRecallDue() && (!entry.attempt || !!readSession(storage).owner)) ||
      visitor.toAsked(configLoader.config, [entry], entry.visitor).some(({ required }) => required),
    onEnded: (reason) => connection.lose("lost", 0, reason),
    onIdentityRefused: visitor.refuse,
    update,
  });

  /** Whose conversation is stored must be asked first. Before the configuration is loaded, a signed-in visitor waits. */
  function isRecallDue(): boolean {
    if (recall) return recall.isDue();
    const { visitorSessions } = configLoader.config ?? { visitorSessions: "token" };
    return visitorSessions === "token" ? !!visitor.toClaims().token : !!visitorSessions;
  }

  async function prepareRecall({ visitorSessions }: ChatConfig): Promise<void> {
    if (recall || !isRecallDue()) return;
    const { createRecall } = await load("recall-session");
    const url = baseUrl + ROUTES.session;
    recall ??= createRecall(
      {
        browser,
        storage,
        visitor,
        request: (init) =>
          requestBff<SessionResponse>(browser, url, RECALL_TIMEOUT_MS, (body) => "session" in body, init),
        onChanged() {
          tabs.look();
          forgetShown();
        },
        onDone: change,
      },
      visitorSessions,
    );
    sync();
  }

  function reload(): void {
    configLoader.load();
  }

  function pollStatus(): void {
    if (inbox.conversation.connection.name === "online" && !isOnSocket(inbox.conversation))
      browser.setTimer(configLoader.load, STATUS_EVERY_MS);
  }

  function update(): void {
    if (isClosed) return;
    for (const { id, failure } of readOutbox(storage)) if (failure) promises.reject(id, failure);
    state.changed();
    recall?.ask();
  }

  /** Takes up whatever there is to do. */
  function work(isSuspect = false): void {
    const connects = tabs.isLeading && readSession(storage).token;
    if (configLoader.config) {
      prepareRecall(configLoader.config).catch(() => {});
      if (connects && !isRecallDue()) connection.connect(isSuspect);
    } else if (state.isOpened || connects || (isRecallDue() && readOutbox(storage)[0])) {
      configLoader.load();
    }
    if (tabs.isLeading) sender.pump();
  }

  /** @param isSuspect The connection may have died unnoticed. */
  function sync(isSuspect?: boolean): void {
    if (isClosed) return;
    tabs.verify();
    tabs.join(isSuspect);
    work(isSuspect);
    update();
  }

  const comeBack = () => {
    recall?.renew();
    sync(true);
  };

  /** Something that all tabs share was changed here. */
  function change(): void {
    sync();
    tabs.tellStored();
  }

  function forget(): void {
    const isSame = storage.get(SAME_VISITOR).v;
    visitor.forget(isSame);
    if (!isSame) recall?.forget();
    forgetShown();
  }

  function forgetShown(): void {
    state.forget();
    inbox.forget();
    tabs.leave();
    promises.rejectAll("discarded", (id) => findInOutbox(storage, id));
  }

  function reset(kept?: string): void {
    storage.clear(kept);
    tabs.tellStored();
    tabs.verify();
    // Also what was never stored.
    forget();
    update();
  }

  /** No request is waited for without a timer that ends it: after a freeze it may never be answered. */
  function stopWaiting(): void {
    tabs.leave();
    // The state of another tab's connection is out of date from now on.
    inbox.change({ connection: { name: "idle" } });
    configLoader.stop();
    browser.stopTimers();
  }

  browser.listen("storage", ({ key }) => {
    if (!key || findKeys({ [key]: 0 }, name)[0]) tabs.storageChanged();
  });
  // Never `unload`, which would keep the page out of the bfcache, as an open socket, lock or channel would.
  browser.listen("pagehide freeze", stopWaiting);
  browser.listen("offline", () => {
    connection.lose("offline");
    update();
  });
  // Several of them come at once.
  browser.listen("online pageshow resume visibilitychange", ({ type }) => {
    if (type !== "visibilitychange" || !document.hidden) browser.setTimer(comeBack, 0);
  });

  // A stored conversation goes on; otherwise nothing happens until the visitor asks for it.
  if (readSession(storage).visitorKey || readOutbox(storage)[0]) sync();

  return {
    get state() {
      return state.toCurrent();
    },
    subscribe: state.subscribe,
    onMessage: inbox.onFresh,
    open() {
      if (isClosed) return;
      state.open();
      configLoader.load();
      sync();
    },
    markRead() {
      if (!tabs.verify() || !markAsRead(storage, state.toCurrent().timeline)) return;
      tabs.tellStored();
      update();
    },
    async send(text) {
      const checked = checkContent(text, configLoader.config?.limits.contentMax);
      tabs.verify();
      if (isClosed) throw new ChatError("closed");
      if (!checked.ok) throw new ChatError(checked.fault);
      if (!isVisible(checked.content)) throw new ChatError("empty");
      recall?.renew();
      const id = randomId(browser);
      addToOutbox(storage, {
        id,
        content: checked.content,
        failure: inbox.conversation.connection.name === "ended" ? "closed" : null,
        visitor: visitor.toClaims(),
        context: context?.([readSession(storage), ...readOutbox(storage)], checked.content),
      });
      recall?.mark();
      const sent = promises.create(id);
      change();
      return sent;
    },
    retry(id) {
      retryInOutbox(storage, id);
      change();
    },
    discard(id) {
      removeFromOutbox(storage, id);
      promises.reject(id, "discarded");
      change();
    },
    identify(claims) {
      tabs.verify();
      if (claims !== null) visitor.identify(claims);
      else if (readSession(storage).owner) return reset();
      else {
        storage.set(SAME_VISITOR, null);
        visitor.forget(false);
      }
      change();
    },
    answer(claims) {
      tabs.verify();
      visitor.identify(claims, true);
      change();
    },
    setLocale: (locale) => configLoader.setUrl(toConfigUrl(baseUrl, locale)),
    declineEmail() {
      visitor.declineEmail();
      change();
    },
    reset: () => reset(),
    startNew() {
      const { token } = readSession(storage);
      storage.set(SAME_VISITOR, {});
      reset(SAME_VISITOR);
      recall?.forget(token);
      update();
    },
    close() {
      stopWaiting();
      isClosed = true;
      browser.stopListening();
      promises.rejectAll("closed");
      state.close();
      inbox.close();
    },
  };
}
