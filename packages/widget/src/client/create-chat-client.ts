import {
  type ChatConfig,
  type ChatMessage,
  checkContent,
  type MessagePage,
  type PresenceStatus,
  RESEND_SCHEDULE,
  ROUTES,
  retryDelayMs,
  SINCE_HEADER,
  type VisitorClaims,
  WAIT_HEADER,
} from "@mailoo-chat/protocol";
import { requestBff } from "./bff-request.ts";
import type { ChatClient, ChatErrorCode, ChatState, ConnectionState, EndReason } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";
import { createChatStorage, toStorageKey } from "./chat-storage.ts";
import { createConnectionDriver } from "./connection-driver.ts";
import { dialTransport } from "./dial-transport.ts";
import { createOutbox, OUTBOX_MAX_ENTRIES } from "./outbox.ts";
import { parseConfig, parseMessages, parsePage, parseStatus, toRecord, toText } from "./parse-wire.ts";
import { createBrowserPlatform, type PageEvent, type Platform } from "./platform.ts";
import { createReadMark } from "./read-mark.ts";
import { createSender, type Sender } from "./sender.ts";
import { createSessionVault } from "./session-vault.ts";
import { createLeadership, type Leadership } from "./tabs/leadership.ts";
import { EMPTY_TIMELINE, mergeMessages, type Timeline, toTimelineEntries, toUnderWay } from "./timeline.ts";
import type { TransportPort } from "./transport.ts";

export interface ChatClientOptions {
  /** The BFF's base URL: `https://chat.example.com/api/v1/webhooks/chat`. */
  readonly baseUrl: string;
  /** @default the browser */
  readonly platform?: Platform;
  /** Solves a challenge that the BFF asks for before a first message. Without it such a message fails. */
  readonly solveChallenge?: (challenge: unknown) => Promise<unknown>;
}

/** Trouble shorter than this is not worth a word. */
const GRACE_MS = 3_000;

const REQUEST_TIMEOUT_MS = 15_000;

/** A live connection answers sooner. */
const CHECK_TIMEOUT_MS = 5_000;

/** How often to look whether time has jumped, as it does when a machine has slept. */
const CLOCK_LOOK_MS = 5_000;

/** Storage events come in flocks, and may overtake the leader's news: look once, after both. */
const STORAGE_SETTLES_MS = 50;

/** Joins storage, outbox, tabs, connection and timeline. Holds the state, and none of their rules. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const { platform = createBrowserPlatform(), solveChallenge } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const name = toStorageKey(baseUrl);
  const tabId = platform.randomId();
  const storage = createChatStorage(platform, name);
  const vault = createSessionVault(platform, storage);
  const outbox = createOutbox(storage);
  const readMark = createReadMark(storage);

  const stateListeners = new Set<(state: ChatState) => void>();
  const messageListeners = new Set<(message: ChatMessage) => void>();
  const waiters = new Map<string, Waiter>();
  const timers = new Map<string, () => void>();

  let config: ChatConfig | null = null;
  let configMisses = 0;
  let configRequest: Promise<ChatConfig | null> | undefined;
  let timeline: Timeline = EMPTY_TIMELINE;
  let cursor: string | null = null;
  /** The first page is history; what comes after it is news. */
  let loaded = false;
  let connection: ConnectionState = { name: "idle" };
  let status: PresenceStatus = "unknown";
  let visitor: VisitorClaims = {};
  let leadership: Leadership | undefined;
  let sender: Sender | undefined;
  let checking = false;
  let opened = false;
  /** The panel was opened before the history was there: the separator is still to be placed. */
  let separatorDue = false;
  let firstUnreadId: string | null = null;
  let rateLimitedMs = 0;
  let inTrouble = false;
  /** There was something stored: if it is gone, the visitor has made another tab forget it. */
  let engaged = false;
  let closed = false;
  let state: ChatState = toState();

  // --- state ---------------------------------------------------------------------------------------------

  function toState(): ChatState {
    const entries = toTimelineEntries(timeline, outbox.entries);
    return {
      config,
      timeline: entries,
      connection,
      status,
      unread: readMark.unreadIn(entries).length,
      firstUnreadId,
      hasSession: vault.token !== null,
      truncated: timeline.truncated,
      notice:
        connection.name === "ended"
          ? { kind: "ended", reason: connection.reason }
          : rateLimitedMs
            ? { kind: "rate-limited", retryInMs: rateLimitedMs }
            : inTrouble
              ? { kind: "offline" }
              : null,
    };
  }

  function update(): void {
    if (closed) return;
    watchTrouble();
    state = toState();
    if (separatorDue && loaded) {
      separatorDue = false;
      firstUnreadId = readMark.unreadIn(state.timeline)[0]?.id ?? null;
      state = { ...state, firstUnreadId };
    }
    emit(stateListeners, state);
  }

  function watchTrouble(): void {
    const trouble =
      connection.name === "waiting" ||
      connection.name === "offline" ||
      (connection.name === "connecting" && connection.attempt > 1) ||
      (opened && (configMisses > 0 || !platform.isOnline()));
    if (!trouble) {
      inTrouble = false;
      cancel("trouble");
    } else if (!inTrouble && !timers.has("trouble")) {
      later("trouble", GRACE_MS, () => {
        inTrouble = true;
        update();
      });
    }
  }

  function later(timer: string, inMs: number, action: () => void): void {
    cancel(timer);
    const stop = platform.setTimer(() => {
      timers.delete(timer);
      action();
    }, inMs);
    timers.set(timer, stop);
  }

  function cancel(timer: string): void {
    timers.get(timer)?.();
    timers.delete(timer);
  }

  // --- what comes in -------------------------------------------------------------------------------------

  function merge(messages: readonly ChatMessage[], truncated = false): void {
    outbox.refresh();
    timeline = mergeMessages(timeline, messages, toUnderWay(outbox.entries));
    if (truncated) timeline = { ...timeline, truncated };
    for (const message of messages) {
      const { clientMessageId } = message;
      if (!clientMessageId) continue;
      waiters.get(clientMessageId)?.resolve(message);
      waiters.delete(clientMessageId);
      if (leadership?.leading && outbox.entries.some(({ id }) => id === clientMessageId)) {
        vault.confirmed(message.id);
        outbox.remove(clientMessageId);
      }
    }
  }

  function deliver(page: MessagePage, settling = false): void {
    const { messages, truncated, token } = page;
    if (token) vault.renew(token);
    if (page.cursor) cursor = page.cursor;
    const known = new Set(timeline.lines.map(({ message }) => message.id));
    const wasLoaded = loaded;
    loaded = true;
    // Other tabs hear of it before the outbox shrinks, so that no bubble is gone for a moment.
    leadership?.tell({ messages, cursor, truncated, loaded });
    merge(messages, truncated);
    update();
    const unread = settling ? readMark.unreadIn(state.timeline) : [];
    for (const message of messages) {
      const isNews = wasLoaded && message.author !== "visitor" && !known.has(message.id);
      if (isNews && (!settling || unread.some(({ id }) => id === message.id)))
        emit(messageListeners, message);
    }
  }

  function deliverStatus(next: PresenceStatus): void {
    status = next;
    leadership?.tell({ status });
    update();
  }

  function hearNews(news: Record<string, unknown>): void {
    merge(parseMessages(news.messages), news.truncated === true);
    cursor = toText(news.cursor) ?? cursor;
    if (news.loaded) loaded = true;
    if (news.status) status = parseStatus(news.status);
    // Posted by this same client in another tab.
    if (toRecord(news.connection).name) connection = news.connection as ConnectionState;
    update();
  }

  // --- requests ------------------------------------------------------------------------------------------

  function loadConfig(): Promise<ChatConfig | null> {
    configRequest ??= requestBff(
      platform,
      baseUrl + ROUTES.config,
      { timeoutMs: REQUEST_TIMEOUT_MS },
      parseConfig,
    ).then((answer) => {
      configRequest = undefined;
      if (closed) return null;
      if (answer.ok) {
        configMisses = 0;
        config = answer.body;
        if (connection.name !== "online" || status === "unknown") status = config.status;
      } else {
        configMisses++;
        if (opened) {
          const inMs = retryDelayMs(RESEND_SCHEDULE, configMisses, platform.random(), answer.retryAfterMs);
          later("config", inMs, loadConfig);
        }
      }
      update();
      return config;
    });
    return configRequest;
  }

  function fetchPage(waitSeconds: number, signal?: AbortSignal, timeoutMs = REQUEST_TIMEOUT_MS) {
    const headers: Record<string, string> = { Authorization: `Bearer ${vault.token}` };
    if (cursor) headers[SINCE_HEADER] = cursor;
    if (waitSeconds) headers[WAIT_HEADER] = `${waitSeconds}`;
    return requestBff(
      platform,
      `${baseUrl}${ROUTES.messages}?sessionPublicId=${encodeURIComponent(vault.sessionPublicId ?? "")}`,
      { headers, timeoutMs: waitSeconds * 1000 + timeoutMs, ...(signal && { signal }) },
      parsePage,
    );
  }

  async function fetchStatus(): Promise<void> {
    const answer = await requestBff(
      platform,
      baseUrl + ROUTES.status,
      { timeoutMs: REQUEST_TIMEOUT_MS },
      (body) => parseStatus(toRecord(body).status),
    );
    if (answer.ok && !closed) deliverStatus(answer.body);
  }

  // --- connection ----------------------------------------------------------------------------------------

  const driver = createConnectionDriver(
    platform,
    (transport, tell) => {
      const toPort = ({ realtime }: ChatConfig): TransportPort => ({
        platform,
        realtime,
        token: () => vault.token ?? "",
        cursor: () => cursor,
        fetchPage,
        fetchStatus,
        tell,
        deliver,
        deliverStatus,
      });
      const load = () => (config ? Promise.resolve(config) : loadConfig());
      return dialTransport(transport, baseUrl, load, toPort, tell);
    },
    async (failed) => {
      if (checking) return;
      checking = true;
      const answer = await fetchPage(0, undefined, CHECK_TIMEOUT_MS);
      checking = false;
      if (answer.ok) deliver(answer.body);
      else if (answer.code === "network") failed();
    },
    (next) => {
      connection = next;
      leadership?.tell({ connection });
      if (next.name === "online") sender?.pump(true);
      if (next.name === "ended") abandon(next.reason);
      update();
    },
  );

  /** The session is over: nothing that waits can be sent in it. */
  function abandon(reason: EndReason): void {
    const code = reason === "token-rejected" ? "session_token_invalid" : reason.replace(/-/g, "_");
    for (const entry of outbox.entries) {
      if (entry.failure) continue;
      const failure = code as ChatErrorCode; // each reason is a code of the wire in other words
      outbox.put({ ...entry, failure });
      reject(entry.id, failure);
    }
  }

  function reject(id: string, code: ChatErrorCode): void {
    waiters.get(id)?.reject(new ChatError(code));
    waiters.delete(id);
  }

  // --- tabs ----------------------------------------------------------------------------------------------

  /** Takes in what storage holds, and joins the other tabs as soon as there is anything to share. */
  function sync(): void {
    outbox.refresh();
    const stored = vault.visitorKey !== null || outbox.entries.length > 0;
    if (engaged && !stored) forget();
    engaged = stored;
    if (stored && !closed) {
      if (leadership && !leadership.leading && !storage.shared) disengage();
      leadership ??= createLeadership({
        platform,
        storage,
        name,
        tabId,
        onChange: takeTurn,
        snapshot: () => ({
          messages: timeline.lines.map(({ message }) => message),
          cursor,
          truncated: timeline.truncated,
          loaded,
          status,
          connection,
        }),
        onNews: hearNews,
      });
      work();
    }
    update();
  }

  function takeTurn(leading: boolean): void {
    sender?.stop();
    sender = undefined;
    if (!leading) {
      driver.send({ type: "stop" });
      return;
    }
    sender = createSender({
      platform,
      baseUrl,
      tabId,
      outbox,
      vault,
      solveChallenge,
      isReachable: () => platform.isOnline() && (connection.name === "online" || !vault.token),
      isConfirmed: (id) => timeline.lines.some(({ message }) => message.clientMessageId === id),
      onConfirmed(message) {
        // Nothing of a session that begins here is history.
        loaded ||= connection.name === "idle";
        deliver({ messages: [message], cursor: null, more: false, truncated: false });
        work();
      },
      onFailed(id, code) {
        reject(id, code);
        update();
      },
      onEnded: (reason) => driver.send({ type: "ended", reason }),
      onChange(inMs) {
        rateLimitedMs = inMs;
        update();
      },
    });
    // `leadership` is not assigned yet where the turn comes at once.
    queueMicrotask(work);
  }

  function work(): void {
    if (!leadership?.leading) return;
    if (vault.token) driver.send({ type: "start" });
    sender?.pump();
  }

  function disengage(): void {
    leadership?.stop();
    leadership = undefined;
    sender?.stop();
    sender = undefined;
    driver.send({ type: "stop" });
  }

  function forget(): void {
    disengage();
    for (const id of [...waiters.keys()]) reject(id, "discarded");
    outbox.refresh();
    timeline = EMPTY_TIMELINE;
    cursor = firstUnreadId = null;
    loaded = engaged = false;
    connection = { name: "idle" };
    rateLimitedMs = 0;
    visitor = {};
  }

  // --- the page ------------------------------------------------------------------------------------------

  const stopListening = platform.onPageEvent((type: PageEvent, event) => {
    switch (type) {
      case "storage": {
        const { key, newValue } = event as StorageEvent;
        if (key === null || (key === name && newValue === null)) sync();
        else if (key.startsWith(name)) later("storage", STORAGE_SETTLES_MS, sync);
        return;
      }
      case "pagehide":
      case "freeze":
        // A page with a socket, a lock or a channel is not kept by the browser for the way back.
        disengage();
        for (const timer of [...timers.keys()]) cancel(timer);
        return;
      case "offline":
        driver.send({ type: "offline" });
        update();
        return;
      case "visibilitychange":
        if (platform.isHidden()) return;
    }
    wake(true);
  });

  /** The visitor acts, or the page or the network is back: then the connection may have died unnoticed. */
  function wake(suspect = false): void {
    sync();
    driver.send({ type: "wake", suspect });
    sender?.pump(true);
    if (opened && !config) void loadConfig();
    watchClock(platform.now());
  }

  function watchClock(lookedAtMs: number): void {
    later("clock", CLOCK_LOOK_MS, () => {
      const now = platform.now();
      if (now - lookedAtMs > 3 * CLOCK_LOOK_MS && !platform.isHidden()) wake(true);
      else watchClock(now);
    });
  }

  // A conversation from before goes on; without one nothing happens until the visitor asks.
  if (vault.visitorKey || outbox.entries.length) wake();

  return {
    get state() {
      return state;
    },
    subscribe: (listener) => listen(stateListeners, listener),
    onMessage: (listener) => listen(messageListeners, listener),

    open() {
      opened = separatorDue = true;
      void loadConfig();
      wake();
    },
    markRead() {
      if (readMark.set(state.timeline)) update();
    },
    send(text) {
      const checked = checkContent(text, config?.limits.contentMax);
      const newest = outbox.entries.at(-1);
      const code = closed
        ? "closed"
        : !checked.ok
          ? checked.fault
          : outbox.entries.length >= OUTBOX_MAX_ENTRIES
            ? "overloaded"
            : null;
      if (code || !checked.ok) return Promise.reject(new ChatError(code ?? "empty"));
      const id = platform.randomId();
      outbox.put({
        id,
        content: checked.content,
        // Own texts stay in order even if the clock is set back.
        writtenAtMs: Math.max(platform.now(), (newest?.writtenAtMs ?? 0) + 1),
        attempt: 0,
        tries: 0,
        after: null,
        busyUntilMs: 0,
        busyTab: null,
        failure: null,
        visitor,
      });
      const sent = new Promise<ChatMessage>((resolve, reject) => waiters.set(id, { resolve, reject }));
      wake();
      if (connection.name === "ended") abandon(connection.reason);
      return sent;
    },
    retry(id) {
      const entry = outbox.entries.find((candidate) => candidate.id === id);
      if (!entry) return;
      outbox.put({ ...entry, failure: null, tries: 0, visitor: { ...entry.visitor, ...visitor } });
      wake();
    },
    discard(id) {
      outbox.remove(id);
      reject(id, "discarded");
      sync();
    },
    identify(claims) {
      visitor = { ...visitor, ...claims };
    },
    reset() {
      storage.clear();
      forget();
      update();
    },
    close() {
      if (closed) return;
      disengage();
      closed = true;
      stopListening();
      for (const timer of [...timers.keys()]) cancel(timer);
      for (const id of [...waiters.keys()]) reject(id, "closed");
      stateListeners.clear();
      messageListeners.clear();
    },
  };
}

interface Waiter {
  resolve(message: ChatMessage): void;
  reject(error: ChatError): void;
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One listener's mistake is reported, and does not stop the others. */
function emit<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      reportError(error);
    }
  }
}
