import {
  type ChatConfig,
  type ChatMessage,
  checkContent,
  isVisible,
  OVERLAP_MS,
  type PresenceStatus,
  RESEND_SCHEDULE,
  ROUTES,
  retryDelayMs,
  type VisitorClaims,
  type VisitorField,
} from "@mailoo-chat/protocol";
import { isKeyOf, toStorageKey } from "../launcher/stored-keys.ts";
import { parseClaims, toAskedFields } from "./asked-fields.ts";
import { requestBff } from "./bff-request.ts";
import { type BrowserWindow, createPage, randomId } from "./browser.ts";
import type { ChatClient, ChatErrorCode, ChatState, ConnectionState } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";
import { createConnection, type Delivery } from "./connection/connection.ts";
import { toEnd } from "./connection/end-reason.ts";
import { dialPoll } from "./connection/poll.ts";
import { toTransports } from "./connection/rules.ts";
import { dialSocket } from "./connection/socket.ts";
import { createMessageReader } from "./message-reader.ts";
import {
  findInOutbox,
  OUTBOX_MAX_ENTRIES,
  type OutboxEntry,
  readOutbox,
  removeFromOutbox,
  toLacking,
  writeOutbox,
} from "./outbox.ts";
import { parseMessages, toRecord } from "./parse-wire.ts";
import { createSender } from "./sender.ts";
import { createChatStorage } from "./storage.ts";
import { readSession, writeSession } from "./stored-session.ts";
import { createLeadership, type Leadership } from "./tabs/leadership.ts";
import {
  mergeMessages,
  TIMELINE_MAX_LINES,
  type TimelineLine,
  toTimelineEntries,
  toUnderWay,
} from "./timeline.ts";
import { isNew, toUnread } from "./unread.ts";

export interface ChatClientOptions {
  /** The BFF's base URL: `https://chat.example.com/api/v1/webhooks/chat`. */
  readonly baseUrl: string;
  /** @default the browser's window */
  readonly window?: BrowserWindow;
  /** Solves a challenge that the BFF asks for before a first message. Without it such a message fails. */
  readonly solveChallenge?: (challenge: unknown) => Promise<unknown>;
}

/** The offline notice is shown when a try fails, or the browser says that it is offline, after this grace period. */
const GRACE_MS = 3_000;

/** It is shown after this time whatever happens: the longest wait for a first retry has passed. */
const LONG_GRACE_MS = 9_500;

const REQUEST_TIMEOUT_MS = 10_000;

/** Presence is pushed on sockets only: while polling, the configuration tells. */
const STATUS_EVERY_MS = 60_000;

/** Storage events come in flocks, and may overtake the leader's news: look once, after both. */
const STORAGE_SETTLES_MS = 50;

/** However much comes at once, listeners are called once in this time. A little less than a frame. */
const BURST_MS = 16;

const READ = "#read";

/** A delivery, and what else the leader tells the other tabs. */
interface News extends Delivery {
  readonly connection?: ConnectionState;
  /** Nothing is missing before these messages. @default true for what the BFF delivers */
  readonly loaded?: boolean;
  /** The answer to a send, which says nothing of the order among equal times. */
  readonly isConfirmation?: boolean;
  /** The session that it belongs to: a tab that has another one in storage does not take it. */
  readonly sessionPublicId?: string | undefined;
}

/** Joins storage, outbox, tabs, connection and timeline. Holds the state, and none of their rules. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const page = createPage(options.window ?? (globalThis.window as BrowserWindow));
  const { window, setTimer, listen } = page;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const configUrl = baseUrl + ROUTES.config;
  const name = toStorageKey(baseUrl);
  const storage = createChatStorage(page, name);
  const stateListeners = new Set<(state: ChatState) => void>();
  const messageListeners = new Set<(message: ChatMessage) => void>();
  const waiters = new Map<string, Waiter>();

  let config: ChatConfig | undefined;
  let configMisses = 0;
  let loadingConfig: AbortController | undefined;
  let lines: readonly TimelineLine[] = [];
  let truncated = false;
  let cursor: string | null = null;
  /** The platform's clock is not one that the BFF believes. */
  let timesAreRefused = false;
  /** The first page is history; what comes after it is news. */
  let loaded = false;
  let connectionState: ConnectionState = { name: "idle" };
  let status: PresenceStatus = "unknown";
  let visitor: VisitorClaims = {};
  let isIdentityRefused = false;
  let leadership: Leadership | undefined;
  let leading = false;
  let opened = false;
  /** The panel was opened before the history was there: the separator is still to be placed. */
  let separatorDue = false;
  let firstUnreadId: string | null = null;
  let troubleAtMs: number | undefined;
  let isOffline = false;
  /** Something was stored: when it is gone, it was removed by the page or by another tab. */
  let engaged = false;
  /** The session whose messages are shown. */
  let sessionPublicId: string | undefined;
  /** Undefined where something has changed since it was made. */
  let state: ChatState | undefined;
  let notifiedAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  // --- State ---

  function getState(): ChatState {
    state ??= toState();
    return state;
  }

  function toState(): ChatState {
    const timeline = toTimelineEntries(lines, readOutbox(storage));
    const unread = toUnread(timeline, storage.get(READ));
    const pauseMs = sender.toPauseMs();
    if (separatorDue && loaded) {
      separatorDue = false;
      firstUnreadId = unread[0]?.id ?? null;
    }
    return {
      config: config ?? null,
      timeline,
      connection: connectionState,
      status,
      unread: unread.length,
      firstUnreadId,
      hasSession: !!readSession(storage).token,
      sessionPublicId: readSession(storage).sessionPublicId ?? null,
      truncated,
      asked: toAsked(toVisitor(), toLacking(readOutbox(storage))),
      isIdentityRefused,
      notice:
        connectionState.name === "ended"
          ? { kind: "ended", reason: connectionState.reason }
          : pauseMs
            ? { kind: "rate-limited", retryInMs: pauseMs }
            : isOffline
              ? { kind: "offline" }
              : null,
    };
  }

  /** What is known of the visitor, here or from another page of the same conversation. */
  function toVisitor(): VisitorClaims {
    return { ...readSession(storage).visitor, ...visitor };
  }

  /** A session that has begun is asked nothing more, unless the BFF says so. */
  function toAsked(known: VisitorClaims, refused: readonly string[]) {
    const fields = readSession(storage).token ? [] : (config?.preChat.fields ?? []);
    return toAskedFields(fields, known, refused);
  }

  /** Something has changed: listeners hear of it now, or with what else comes at this moment. */
  function update(): void {
    if (isClosed) return;
    const isOnline = window.navigator.onLine || connectionState.name === "online";
    // Every state but idle, online and ended counts its attempts.
    const isTroubled = "attempt" in connectionState || (opened && (configMisses || !isOnline));
    if (isTroubled) {
      watchTrouble(configMisses > 1);
    } else {
      troubleAtMs = undefined;
      isOffline = false;
    }
    for (const { id, failure } of readOutbox(storage)) if (failure) reject(id, failure);
    state = undefined;
    if (page.now() - notifiedAtMs < BURST_MS) setTimer(notify, BURST_MS);
    else notify();
  }

  /** @param hasFailed A try has just failed. */
  function watchTrouble(hasFailed: boolean): void {
    troubleAtMs ??= page.now();
    const graceMs = hasFailed || !window.navigator.onLine ? GRACE_MS : LONG_GRACE_MS;
    const leftMs = troubleAtMs + graceMs - page.now();
    isOffline ||= leftMs <= 0;
    if (!isOffline) setTimer(update, leftMs);
  }

  function notify(): void {
    setTimer(notify);
    notifiedAtMs = page.now();
    emit(stateListeners, getState());
  }

  function reject(id: string, code: ChatErrorCode): void {
    waiters.get(id)?.reject(new ChatError(code));
    waiters.delete(id);
  }

  // --- What comes in ---

  /** @param fromLeader Another tab holds the connection, passes this on, and raises the alarm for all. */
  function accept(news: News, fromLeader?: boolean): void {
    if (!verifyStored()) {
      sync();
      return;
    }
    if (fromLeader && news.sessionPublicId && news.sessionPublicId !== sessionPublicId) {
      // That tab has not noticed yet that its conversation is over, or this one that a session has begun.
      setTimer(rejoin, STORAGE_SETTLES_MS);
      return;
    }
    const { token } = news;
    const messages = parseMessages(news.messages);
    const outbox = readOutbox(storage);
    const wasLoaded = loaded;
    const known = new Set(lines.map(({ id }) => id));
    // Decided before any listener runs: a panel that is open marks everything as read at once.
    const mark = storage.get(READ);
    // A late answer never brings back what the visitor has made us forget.
    if (token && readSession(storage).token) writeSession(storage, { token });
    loaded ||= news.loaded ?? (!!news.messages && !news.more);
    // What came before a tab has joined is in the leader's snapshot: no cursor may pass it until that is here.
    if (loaded || !fromLeader) cursor = news.cursor ?? cursor;
    status = news.status ?? status;
    connectionState = news.connection ?? connectionState;
    if (news.connection?.name === "waiting" && news.connection.attempt > 1) watchTrouble(true);
    // Other tabs hear of it before the outbox shrinks, so that no bubble is gone for a moment.
    if (!fromLeader) leadership?.tell({ ...news, loaded: loaded && !wasLoaded, sessionPublicId });

    lines = mergeMessages(lines, messages, toUnderWay(outbox), news.isConfirmation);
    truncated ||= !!news.truncated || lines.length >= TIMELINE_MAX_LINES;
    for (const message of messages) {
      const id = `${message.clientMessageId}`;
      waiters.get(id)?.resolve(message);
      waiters.delete(id);
      if (leading && outbox.some((entry) => entry.id === id)) {
        writeSession(storage, {
          newestOwnId: lines.findLast(({ author }) => author === "visitor")?.id ?? message.id,
        });
        removeFromOutbox(storage, id);
      }
    }
    update();
    if (!wasLoaded || fromLeader) return;
    for (const line of lines) {
      const message =
        !known.has(line.id) && isNew(line, mark) && messages.findLast(({ id }) => id === line.id);
      if (message) emit(messageListeners, message);
    }
  }

  // --- Requests ---

  async function loadConfig(): Promise<void> {
    if (loadingConfig || isClosed) return;
    const own = new AbortController();
    loadingConfig = own;
    const answer = await requestBff<ChatConfig>(
      page,
      configUrl,
      REQUEST_TIMEOUT_MS * 3 ** Math.min(configMisses, 2),
      ({ realtime }) => realtime,
      undefined,
      own,
    );
    if (own !== loadingConfig) return;
    loadingConfig = undefined;
    if (answer.body) {
      const { name, transport } = connectionState as { name: string; transport?: string };
      configMisses = 0;
      config = answer.body;
      // Sockets push what a cached configuration cannot know.
      if (transport !== "socket") status = config.status;
      setTimer(loadConfig, name === "online" && transport !== "socket" ? STATUS_EVERY_MS : undefined);
      work();
    } else {
      setTimer(loadConfig, retryDelayMs(RESEND_SCHEDULE, ++configMisses, Math.random(), answer.afterMs));
    }
    update();
  }

  /**
   * Where to read on. A conversation that has begun here and was never read has no cursor yet, but a beginning: without
   * it, a first reading after a long cut would bring the newest page and leave a gap behind the first message.
   */
  function toSince(): string | null {
    const [first] = lines;
    if (cursor || !first || timesAreRefused) return cursor;
    return new Date(first.createdAtMs - OVERLAP_MS).toISOString();
  }

  const reader = createMessageReader({
    page,
    toPlace() {
      // Where it is gone, this ends the connection, and with it the request.
      if (!verifyStored()) sync();
      const { token, sessionPublicId } = readSession(storage);
      const query = `?sessionPublicId=${encodeURIComponent(`${sessionPublicId}`)}`;
      return { url: baseUrl + ROUTES.messages + query, token, since: toSince() };
    },
    onRefused() {
      // A cursor of another release: begin anew; what is known is merged by id.
      if (cursor) cursor = null;
      else timesAreRefused = true;
    },
    onLate({ body, ...answer }, { since }) {
      // What was read since then may have moved the cursor on.
      if (body) accept({ ...body, cursor: since === toSince() ? body.cursor : null });
      else if ("code" in answer && toEnd(answer.code)) connection.lose("lost", 0, toEnd(answer.code));
    },
  });

  const toHello = () =>
    JSON.stringify({
      type: "hello",
      token: readSession(storage).token,
      since: toSince() ?? undefined,
      pages: true,
    });

  // Nothing is dialled before the configuration is here.
  const toRealtime = () => (config as ChatConfig).realtime;

  const connection = createConnection({
    page,
    reader,
    toTransports: () => toTransports(toRealtime()),
    dial(transport, callbacks) {
      const { ws, longPollSeconds } = toRealtime();
      if (transport === "socket") {
        dialSocket(page, new URL(`${ws}`, configUrl).href.replace(/^http/, "ws"), toHello, callbacks);
      } else {
        dialPoll(page, transport === "poll" ? 0 : longPollSeconds, callbacks);
      }
    },
    deliver: accept,
    onChange(next) {
      if (next.name === "ended") {
        // Nothing that waits can be sent in this session any more.
        for (const entry of readOutbox(storage)) {
          if (!entry.failure) writeOutbox(storage, { ...entry, failure: "closed" });
        }
      }
      accept({ connection: next });
      if (next.name === "online") {
        if (next.transport !== "socket") setTimer(loadConfig, STATUS_EVERY_MS);
        sender.pump();
      }
    },
  });

  const sender = createSender({
    page,
    baseUrl,
    storage,
    solveChallenge: options.solveChallenge,
    isReachable: () =>
      window.navigator.onLine && (connectionState.name === "online" || !readSession(storage).token),
    onConfirmed(message) {
      // Nothing of a session that begins here is history.
      loaded ||= connectionState.name === "idle";
      accept({ messages: [message], loaded, isConfirmation: true });
      work();
    },
    onForgotten: sync,
    isHeld: (entry) => toAsked(entry.visitor, toLacking([entry])).some(({ required }) => required),
    onEnded: (reason) => connection.lose("lost", 0, reason),
    onIdentityRefused(token) {
      if (visitor.token !== token) return;
      const { token: _, ...rest } = visitor;
      visitor = rest;
      isIdentityRefused = true;
    },
    update,
  });

  // --- Tabs ---

  /**
   * Takes in what storage holds, and joins the other tabs as soon as there is anything to share.
   *
   * @param suspect The connection may have died unnoticed.
   */
  function sync(suspect?: boolean): void {
    if (isClosed) return;
    verifyStored();
    if (engaged) {
      // A tab whose storage fails is on its own from then on.
      if (!storage.isShared() && !leading) disengage();
      leadership ??= createLeadership({
        page,
        storage,
        name,
        onChange: lead,
        toSnapshot: () => ({
          messages: lines,
          cursor,
          truncated,
          loaded,
          status,
          connection: connectionState,
          sessionPublicId,
        }),
        onStored: storageChanged,
        // Told by this same client in another tab; the messages are checked all the same.
        onNews: (news) => accept(toRecord(news), true),
      });
      if (suspect) leadership.patrol();
    }
    work(suspect);
    update();
  }

  /**
   * The session that is read is the one in storage, which sends go to: storage may be cleared, or hold another
   * conversation, before any event tells. Then what is shown here is forgotten.
   *
   * @returns false where it was.
   */
  function verifyStored(): boolean {
    const stored = readSession(storage);
    const wasEngaged = engaged;
    const before = sessionPublicId;
    engaged = !!stored.visitorKey || readOutbox(storage).length > 0;
    sessionPublicId = stored.sessionPublicId;
    const isSame = before ? before === sessionPublicId : engaged || !wasEngaged;
    if (!isSame) forget();
    return isSame;
  }

  function storageChanged(): void {
    if (!verifyStored()) update();
    setTimer(sync, STORAGE_SETTLES_MS);
  }

  /** Changes what all tabs share. The browser tells other tabs, but not another client in this window. */
  function change(): void {
    sync();
    leadership?.tellStored();
  }

  function rejoin(): void {
    leadership?.join();
  }

  function lead(next: boolean): void {
    leading = next;
    if (leading) {
      work();
    } else {
      sender.rest();
      connection.stop();
      reader.stop();
    }
  }

  function work(suspect = false): void {
    if (opened && !config) void loadConfig();
    if (!leading) return;
    if (readSession(storage).token) {
      if (config) connection.connect(suspect);
      else void loadConfig();
    }
    sender.pump();
  }

  function disengage(): void {
    leadership?.stop();
    leadership = undefined;
    lead(false);
    // What another tab's leader has told of its connection is no longer ours either.
    connectionState = { name: "idle" };
  }

  function forget(): void {
    lines = [];
    cursor = firstUnreadId = null;
    truncated = loaded = false;
    visitor = {};
    isIdentityRefused = false;
    disengage();
    for (const id of waiters.keys()) if (!findInOutbox(storage, id)) reject(id, "discarded");
  }

  // --- The page ---

  const comeBack = () => sync(true);

  /** Nothing is waited for without a timer that ends it: a request may never be answered after a freeze. */
  function stopWaiting(): void {
    disengage();
    loadingConfig?.abort();
    loadingConfig = undefined;
    page.stopTimers();
  }

  listen("storage", ({ key }) => {
    if (!key || isKeyOf(name, key)) storageChanged();
  });
  // Never `unload`, which would keep the page out of the bfcache.
  listen("pagehide freeze", () => {
    // A page with a socket, a lock or a channel would not be kept by the browser for the way back.
    stopWaiting();
  });
  listen("offline", () => {
    connection.lose("offline");
    update();
  });
  // Several of them come at once.
  listen("online pageshow resume visibilitychange", ({ type }) => {
    if (type !== "visibilitychange" || !window.document.hidden) setTimer(comeBack, 0);
  });

  // A conversation from before goes on; without one nothing happens until the visitor asks.
  if (readSession(storage).visitorKey || readOutbox(storage)[0]) sync();

  return {
    get state() {
      return getState();
    },
    subscribe: (listener) => subscribe(stateListeners, listener),
    onMessage: (listener) => subscribe(messageListeners, listener),

    open() {
      opened = separatorDue = true;
      void loadConfig();
      sync();
    },
    markRead() {
      if (!verifyStored()) return sync();
      const newest = getState().timeline.findLast((entry) => entry.state === "sent");
      if (!newest || storage.get(READ).id === newest.id) return;
      storage.set(READ, { id: newest.id, createdAtMs: newest.createdAtMs });
      leadership?.tellStored();
      update();
    },
    async send(text) {
      const checked = checkContent(text, config?.limits.contentMax);
      verifyStored();
      const outbox = readOutbox(storage);
      if (isClosed) throw new ChatError("closed");
      if (!checked.ok) throw new ChatError(checked.fault);
      if (!isVisible(checked.content)) throw new ChatError("empty");
      if (outbox.length >= OUTBOX_MAX_ENTRIES) throw new ChatError("overloaded");
      const entry: OutboxEntry = {
        id: randomId(page),
        content: checked.content,
        // Own texts stay in order even if the clock is set back.
        writtenAtMs: Math.max(Date.now(), (outbox.at(-1)?.writtenAtMs ?? 0) + 1),
        attempt: 0,
        after: null,
        claimedUntilMs: 0,
        failure: connectionState.name === "ended" ? "closed" : null,
        visitor: toVisitor(),
      };
      writeOutbox(storage, entry);
      const sent = new Promise<ChatMessage>((resolve, reject) => waiters.set(entry.id, { resolve, reject }));
      change();
      return sent;
    },
    retry(id) {
      const entry = findInOutbox(storage, id);
      if (entry) writeOutbox(storage, { ...entry, failure: null, retriedAtMs: Date.now() });
      change();
    },
    discard(id) {
      removeFromOutbox(storage, id);
      reject(id, "discarded");
      change();
    },
    identify(claims) {
      verifyStored();
      const said = parseClaims(claims);
      visitor = { ...visitor, ...said };
      if (claims?.token) isIdentityRefused = !said.token;
      const { token: _, ...kept } = toVisitor();
      if (readSession(storage).visitorKey) writeSession(storage, { visitor: kept });
      for (const entry of readOutbox(storage)) {
        const lacks = toLacking([entry]).filter((field) => !said[field as VisitorField]);
        writeOutbox(storage, { ...entry, visitor: { ...entry.visitor, ...said }, lacks: lacks.join(" ") });
      }
      change();
    },
    reset() {
      storage.clear();
      leadership?.tellStored();
      engaged = false;
      sessionPublicId = undefined;
      forget();
      update();
    },
    close() {
      stopWaiting();
      isClosed = true;
      page.stopListening();
      for (const id of waiters.keys()) reject(id, "closed");
      stateListeners.clear();
      messageListeners.clear();
    },
  };
}

interface Waiter {
  resolve(message: ChatMessage): void;
  reject(error: ChatError): void;
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One listener's mistake is reported, and does not stop the others. */
function emit<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  for (const listener of listeners) {
    try {
      listener(value);
    } catch (error) {
      globalThis.reportError?.(error);
    }
  }
}
