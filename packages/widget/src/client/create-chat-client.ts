import {
  type ChatConfig,
  type ChatMessage,
  checkContent,
  type HelloFrame,
  OVERLAP_MS,
  type PresenceStatus,
  RESEND_SCHEDULE,
  ROUTES,
  retryDelayMs,
  SINCE_HEADER,
  type VisitorClaims,
  WAIT_HEADER,
} from "@mailoo-chat/protocol";
import { requestBff } from "./bff-request.ts";
import type { ChatClient, ChatErrorCode, ChatState, ConnectionState } from "./chat-client.ts";
import { ChatError } from "./chat-error.ts";
import { createChatStorage, toStorageKey } from "./chat-storage.ts";
import { createConnectionDriver } from "./connection-driver.ts";
import { dialTransport } from "./dial-transport.ts";
import { OUTBOX_MAX_ENTRIES, type OutboxEntry, readOutbox, removeFromOutbox, writeOutbox } from "./outbox.ts";
import { parseConfig, parseMessages, parsePage } from "./parse-wire.ts";
import { createPage, type Platform, randomId } from "./platform.ts";
import { createSender } from "./sender.ts";
import { readSession, writeSession } from "./stored-session.ts";
import { createLeadership, type Leadership } from "./tabs/leadership.ts";
import {
  mergeMessages,
  TIMELINE_MAX_LINES,
  type TimelineLine,
  toTimelineEntries,
  toUnderWay,
} from "./timeline.ts";
import type { Delivery } from "./transport.ts";
import { toUnread } from "./unread.ts";
import { watchPage } from "./watch-page.ts";

export interface ChatClientOptions {
  /** The BFF's base URL: `https://chat.example.com/api/v1/webhooks/chat`. */
  readonly baseUrl: string;
  /** @default the browser's window */
  readonly platform?: Platform;
  /** Solves a challenge that the BFF asks for before a first message. Without it such a message fails. */
  readonly solveChallenge?: (challenge: unknown) => Promise<unknown>;
}

/** Trouble shorter than this is not worth a word. */
const GRACE_MS = 3_000;

const REQUEST_TIMEOUT_MS = 10_000;

/** A live connection answers sooner. */
const CHECK_TIMEOUT_MS = 5_000;

/** Storage events come in flocks, and may overtake the leader's news: look once, after both. */
const STORAGE_SETTLES_MS = 50;

const READ = "#read";

/** A delivery, and what else the leader tells the other tabs. */
interface News extends Delivery {
  readonly connection?: ConnectionState;
  /** Nothing is missing before these messages. @default true for what the BFF delivers */
  readonly loaded?: boolean;
}

/** Joins storage, outbox, tabs, connection and timeline. Holds the state, and none of their rules. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const page = createPage(options.platform ?? (globalThis.window as Platform));
  const { window, startTimer } = page;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const configUrl = baseUrl + ROUTES.config;
  const name = toStorageKey(baseUrl);
  const storage = createChatStorage(page, name);
  const stateListeners = new Set<(state: ChatState) => void>();
  const messageListeners = new Set<(message: ChatMessage) => void>();
  const waiters = new Map<string, Waiter>();
  const timers = new Map<string, () => void>();

  let config: ChatConfig | null = null;
  let configMisses = 0;
  let loadingConfig = false;
  let lines: readonly TimelineLine[] = [];
  let truncated = false;
  let cursor: string | null = null;
  /** The platform's clock is not one that the BFF believes. */
  let timesAreRefused = false;
  /** The first page is history; what comes after it is news. */
  let loaded = false;
  let connection: ConnectionState = { name: "idle" };
  let status: PresenceStatus = "unknown";
  let visitor: VisitorClaims = {};
  let leadership: Leadership | undefined;
  let leading = false;
  let checking = false;
  let opened = false;
  /** The panel was opened before the history was there: the separator is still to be placed. */
  let separatorDue = false;
  let firstUnreadId: string | null = null;
  let rateLimitedMs = 0;
  let troubleAtMs = 0;
  /** Something was stored: when it is gone, another tab was made to forget it. */
  let engaged = false;
  let closed = false;
  let state: ChatState = toState();

  // --- State ---

  function toState(): ChatState {
    const timeline = toTimelineEntries(lines, readOutbox(storage));
    const unread = toUnread(timeline, storage.get(READ) ?? {});
    if (separatorDue && loaded) {
      separatorDue = false;
      firstUnreadId = unread[0]?.id ?? null;
    }
    return {
      config,
      timeline,
      connection,
      status,
      unread: unread.length,
      firstUnreadId,
      hasSession: !!readSession(storage).token,
      truncated,
      notice:
        connection.name === "ended"
          ? { kind: "ended", reason: connection.reason }
          : rateLimitedMs
            ? { kind: "rate-limited", retryInMs: rateLimitedMs }
            : troubleAtMs && Date.now() - troubleAtMs >= GRACE_MS
              ? { kind: "offline" }
              : null,
    };
  }

  function update(): void {
    if (closed) return;
    // Every state but idle, online and ended counts its attempts.
    const isTroubled = "attempt" in connection || (opened && (configMisses || !window.navigator.onLine));
    if (!isTroubled) troubleAtMs = 0;
    else if (!troubleAtMs) {
      troubleAtMs = Date.now();
      later("trouble", GRACE_MS, update);
    }
    for (const { id, failure } of readOutbox(storage)) if (failure) reject(id, failure);
    state = toState();
    emit(stateListeners, state);
  }

  function later(timer: string, inMs: number, action: () => void): void {
    timers.get(timer)?.();
    timers.set(timer, startTimer(action, inMs));
  }

  function reject(id: string, code: ChatErrorCode): void {
    waiters.get(id)?.reject(new ChatError(code));
    waiters.delete(id);
  }

  // --- What comes in ---

  /** @param fromLeader Another tab holds the connection, passes this on, and raises the alarm for all. */
  function accept(news: News, fromLeader = false): void {
    const { messages = [], token } = news;
    const wasLoaded = loaded;
    const isKnown = ({ id }: ChatMessage) => fromLeader || !wasLoaded || lines.some((line) => line.id === id);
    const unknown = messages.filter((message) => !isKnown(message));
    // A late answer never brings back what the visitor has made us forget.
    if (token && readSession(storage).token) writeSession(storage, { token });
    loaded ||= news.loaded ?? !!news.messages;
    // What came before a tab has joined is in the leader's snapshot: no cursor may pass it until that is here.
    if (loaded) cursor = news.cursor ?? cursor;
    status = news.status ?? status;
    connection = news.connection ?? connection;
    truncated ||= !!news.truncated;
    // Other tabs hear of it before the outbox shrinks, so that no bubble is gone for a moment.
    if (!fromLeader) leadership?.tell({ ...news, loaded: loaded && !wasLoaded });

    const outbox = readOutbox(storage);
    lines = mergeMessages(lines, messages, toUnderWay(outbox));
    truncated ||= lines.length >= TIMELINE_MAX_LINES;
    for (const message of messages) {
      const id = `${message.clientMessageId}`;
      waiters.get(id)?.resolve(message);
      waiters.delete(id);
      if (leading && outbox.some((entry) => entry.id === id)) {
        // The later of the two by the platform's order: a lost answer may come after a newer one's.
        const known = readSession(storage).newestOwnId;
        const newest = lines.findLast((line) => line.id === message.id || line.id === known);
        writeSession(storage, { newestOwnId: newest?.id ?? message.id });
        removeFromOutbox(storage, id);
      }
    }
    const unread = toUnread(lines, storage.get(READ) ?? {});
    update();
    for (const message of unknown) {
      if (unread.some(({ id }) => id === message.id)) emit(messageListeners, message);
    }
  }

  // --- Requests ---

  async function loadConfig(): Promise<void> {
    if (loadingConfig || closed) return;
    loadingConfig = true;
    const answer = await requestBff(page, configUrl, REQUEST_TIMEOUT_MS, parseConfig);
    loadingConfig = false;
    if (answer.body) {
      configMisses = 0;
      config = answer.body;
      // Sockets push what a cached configuration cannot know.
      if (!("transport" in connection && connection.transport === "socket")) status = config.status;
      work();
    } else {
      const inMs = retryDelayMs(RESEND_SCHEDULE, ++configMisses, Math.random(), answer.retryAfterMs);
      later("config", inMs, loadConfig);
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

  function fetchPage(waitSeconds: number, abort?: AbortController, timeoutMs = REQUEST_TIMEOUT_MS) {
    const { token, sessionPublicId } = readSession(storage);
    const url = `${baseUrl + ROUTES.messages}?sessionPublicId=${encodeURIComponent(`${sessionPublicId}`)}`;
    const since = toSince();
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(since && { [SINCE_HEADER]: since }),
      ...(waitSeconds && { [WAIT_HEADER]: `${waitSeconds}` }),
    };
    return requestBff(page, url, waitSeconds * 1000 + timeoutMs, parsePage, { headers }, abort).then(
      (answer) => {
        // A cursor of another release: begin anew; what is known is merged by id.
        if (!answer.body && answer.code === "invalid_request") {
          if (cursor) cursor = null;
          else timesAreRefused = true;
        }
        return answer;
      },
    );
  }

  function toHello(): string {
    const since = toSince();
    const hello: HelloFrame = {
      type: "hello",
      token: `${readSession(storage).token}`,
      ...(since && { since }),
    };
    return JSON.stringify(hello);
  }

  const drive = createConnectionDriver(
    page,
    (transport, tell) =>
      // Nothing is dialled before the configuration is here.
      dialTransport(transport, (config as ChatConfig).realtime, configUrl, {
        page,
        toHello,
        fetchPage,
        refreshStatus: loadConfig,
        tell,
        deliver: accept,
      }),
    async (failed) => {
      if (checking) return;
      checking = true;
      const answer = await fetchPage(0, undefined, CHECK_TIMEOUT_MS);
      checking = false;
      if (answer.body) accept(answer.body);
      else if (answer.code === "network") failed();
    },
    (next) => {
      if (next.name === "ended") {
        // Nothing that waits can be sent in this session any more.
        for (const entry of readOutbox(storage)) {
          if (!entry.failure) writeOutbox(storage, { ...entry, failure: "closed" });
        }
      }
      accept({ connection: next });
      if (next.name === "online") sender.pump(true);
    },
  );

  const sender = createSender({
    page,
    baseUrl,
    storage,
    solveChallenge: options.solveChallenge,
    isLeading: () => leading,
    isReachable: () =>
      window.navigator.onLine && (connection.name === "online" || !readSession(storage).token),
    isConfirmed: (id) => lines.some(({ clientMessageId }) => clientMessageId === id),
    onConfirmed(message) {
      // Nothing of a session that begins here is history.
      loaded ||= connection.name === "idle";
      accept({ messages: [message], loaded });
      work();
    },
    onEnded: (reason) => drive({ type: "ended", reason }),
    onChange(inMs) {
      rateLimitedMs = inMs;
      update();
    },
  });

  // --- Tabs ---

  /** Takes in what storage holds, and joins the other tabs as soon as there is anything to share. */
  function sync(): void {
    const stored = !!readSession(storage).visitorKey || readOutbox(storage).length > 0;
    if (engaged && !stored) forget();
    engaged = stored;
    if (stored && !closed) {
      // A tab whose storage fails is on its own from then on.
      if (!storage.shared && !leading) disengage();
      leadership ??= createLeadership({
        page,
        storage,
        name,
        onChange(next) {
          leading = next;
          if (leading) return work();
          sender.rest();
          drive({ type: "stop" });
        },
        toSnapshot: () => ({
          messages: lines,
          cursor,
          truncated,
          loaded,
          status,
          connection,
        }),
        // Told by this same client in another tab; the messages are checked all the same.
        onNews: (news: News) => accept({ ...news, messages: parseMessages(news.messages) }, true),
      });
      work();
    }
    update();
  }

  function work(): void {
    if (!leading) return;
    if (readSession(storage).token) {
      if (config) drive({ type: "start" });
      else void loadConfig();
    }
    sender.pump();
  }

  function disengage(): void {
    leadership?.stop();
    leadership = undefined;
    leading = false;
    rateLimitedMs = 0;
    sender.rest();
    drive({ type: "stop" });
    // What another tab's leader has told of its connection is no longer ours either.
    connection = { name: "idle" };
  }

  function forget(): void {
    disengage();
    for (const id of waiters.keys()) reject(id, "discarded");
    lines = [];
    cursor = firstUnreadId = null;
    truncated = loaded = engaged = false;
    visitor = {};
  }

  // --- The page ---

  const stopWatching = watchPage(page, {
    onStored(key) {
      if (!key || key.startsWith(name)) later("storage", STORAGE_SETTLES_MS, sync);
    },
    onLeave() {
      // A page with a socket, a lock or a channel would not be kept by the browser for the way back.
      disengage();
      page.stopTimers();
    },
    onOffline() {
      drive({ type: "offline" });
      update();
    },
    onReturn: () => wake(true),
  });

  /** The visitor acts, or the page or the network is back: then the connection may have died unnoticed. */
  function wake(suspect = false): void {
    if (closed) return;
    sync();
    drive({ type: "wake", suspect });
    sender.pump(true);
    if (opened && !config) void loadConfig();
  }

  // A conversation from before goes on; without one nothing happens until the visitor asks.
  if (readSession(storage).visitorKey || readOutbox(storage)[0]) wake();

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
      const newest = state.timeline.findLast((entry) => entry.state === "sent");
      if (!newest || storage.get(READ)?.id === newest.id) return;
      storage.set(READ, { id: newest.id, createdAtMs: newest.createdAtMs });
      update();
    },
    async send(text) {
      const checked = checkContent(text, config?.limits.contentMax);
      const outbox = readOutbox(storage);
      if (closed) throw new ChatError("closed");
      if (!checked.ok) throw new ChatError(checked.fault);
      if (outbox.length >= OUTBOX_MAX_ENTRIES) throw new ChatError("overloaded");
      const entry: OutboxEntry = {
        id: randomId(page),
        content: checked.content,
        // Own texts stay in order even if the clock is set back.
        writtenAtMs: Math.max(Date.now(), (outbox.at(-1)?.writtenAtMs ?? 0) + 1),
        attempt: 0,
        tries: 0,
        after: null,
        claimedUntilMs: 0,
        failure: connection.name === "ended" ? "closed" : null,
        visitor,
      };
      writeOutbox(storage, entry);
      const sent = new Promise<ChatMessage>((resolve, reject) => waiters.set(entry.id, { resolve, reject }));
      wake();
      return sent;
    },
    retry(id) {
      const entry = readOutbox(storage).find((candidate) => candidate.id === id);
      if (entry) {
        writeOutbox(storage, {
          ...entry,
          failure: null,
          tries: 0,
          visitor: { ...entry.visitor, ...visitor },
        });
      }
      wake();
    },
    discard(id) {
      removeFromOutbox(storage, id);
      reject(id, "discarded");
      sync();
    },
    identify(claims) {
      visitor = { ...visitor, ...claims };
    },
    reset() {
      for (const suffix of ["", ...storage.suffixes()]) storage.set(suffix, null);
      forget();
      update();
    },
    close() {
      disengage();
      closed = true;
      stopWatching();
      page.stopTimers();
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
      globalThis.reportError?.(error);
    }
  }
}
