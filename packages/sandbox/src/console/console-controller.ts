import { type ApiClient, ApiFailure } from "./api-client.ts";
import { type Action, type ConsoleState, INITIAL_STATE, reduce } from "./console-state.ts";
import { watchIntegration } from "./owner-socket.ts";
import type { OwnerEvent, Presence, Session } from "./wire.ts";

/** What the page can ask for. Everything else happens by itself. */
export interface ConsoleController {
  readonly state: ConsoleState;
  subscribe(listener: () => void): () => void;
  /** Asks for the integrations again: only the chosen one is watched. */
  refreshIntegrations(): void;
  chooseIntegration(integrationId: string): void;
  setPresence(presence: Presence): void;
  search(text: string): void;
  loadMoreSessions(): void;
  openSession(session: Session): void;
  closeSession(): void;
  loadOlder(): void;
  draft(text: string): void;
  reply(content: string): void;
  retryReply(key: string): void;
  discardReply(key: string): void;
  stop(): void;
}

export interface ControllerDeps {
  readonly api: ApiClient;
  readonly token: string;
  /** A visitor's message came that nobody has seen. */
  readonly onVisitorMessage: () => void;
  /** The token is no longer accepted. */
  readonly onSignedOut: () => void;
}

const SEARCH_PAUSE_MS = 200;

/** Runs the effects around `reduce`. Answers that come after their question has changed are dropped. */
export function createConsoleController(deps: ControllerDeps): ConsoleController {
  const { api, token, onVisitorMessage, onSignedOut } = deps;
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  /** The last reply per session: the next waits for it, so that the visitor reads them in order. */
  const lastReply = new Map<string, Promise<void>>();
  let state = INITIAL_STATE;
  let stopWatching = () => {};
  let searchTimer: ReturnType<typeof setTimeout> | undefined;
  let listGeneration = 0;

  function dispatch(action: Action): void {
    if (stopped.signal.aborted) return;
    state = reduce(state, action);
    for (const listener of listeners) listener();
  }

  /** What failed is shown by `onFailure`; a refused token ends the console. */
  function attempt(work: () => Promise<void>, onFailure: () => void = () => {}): Promise<void> {
    return work().catch((error: unknown) => {
      if (error instanceof ApiFailure && error.status === 401) onSignedOut();
      else onFailure();
    });
  }

  function loadSessions(how: "replace" | "append"): void {
    const { integrationId, search, sessions } = state;
    if (integrationId === null) return;
    const generation = ++listGeneration;
    const after = how === "append" ? (sessions.items.at(-1)?.id ?? null) : null;
    void attempt(
      async () => {
        const page = await api.listSessions(integrationId, { search, after });
        if (generation !== listGeneration) return;
        dispatch({ type: "sessions-loaded", how, ...page });
        markRead();
      },
      () => {
        if (generation === listGeneration) dispatch({ type: "sessions-failed" });
      },
    );
  }

  function loadHistory(page: "newest" | "older"): void {
    const { integrationId, conversation } = state;
    if (integrationId === null || conversation === null) return;
    const sessionId = conversation.session.id;
    const before = page === "older" ? (conversation.messages[0]?.id ?? null) : null;
    void attempt(
      async () => {
        const { messages, hasMore } = await api.listHistory(integrationId, sessionId, before);
        dispatch({ type: "history-loaded", sessionId, messages, hasOlder: hasMore, page });
        markRead();
      },
      () => dispatch({ type: "history-failed", sessionId }),
    );
  }

  /** What is open on a visible page has been read. */
  function markRead(): void {
    const { integrationId, conversation } = state;
    if (integrationId === null || conversation === null || document.visibilityState !== "visible") return;
    const { session } = conversation;
    if (session.unreadCount === 0) return;
    dispatch({ type: "session-changed", session: { ...session, unreadCount: 0 } });
    void attempt(() => api.markRead(integrationId, session.id));
  }

  function onEvent(event: OwnerEvent): void {
    switch (event.type) {
      case "message":
        dispatch({ type: "message-arrived", message: event.message });
        if (event.message.author === "visitor") onVisitorMessage();
        break;
      case "session":
        dispatch({ type: "session-changed", session: event.session });
        markRead();
        break;
      case "presence":
        dispatch({ type: "presence-changed", presence: event.presence });
        break;
    }
  }

  function watch(integrationId: string): void {
    stopWatching();
    stopWatching = watchIntegration({
      integrationId,
      token,
      onEvent,
      onLink(link) {
        dispatch({ type: "link-changed", link });
        // Whatever happened while the socket was away.
        if (link === "live") {
          loadSessions("replace");
          loadHistory("newest");
        }
      },
    });
  }

  async function loadIntegrations(): Promise<void> {
    dispatch({ type: "integrations-loaded", integrations: await api.listIntegrations() });
  }

  function chooseIntegration(integrationId: string): void {
    dispatch({ type: "integration-chosen", integrationId });
    loadSessions("replace");
    watch(integrationId);
  }

  function sendReply(key: string, sessionId: string, content: string): void {
    const { integrationId } = state;
    if (integrationId === null) return;
    dispatch({ type: "reply-started", reply: { key, sessionId, content, startedAtMs: Date.now() } });
    const before = lastReply.get(sessionId) ?? Promise.resolve();
    const sent = before.then(() =>
      attempt(
        async () => {
          const message = await api.reply(integrationId, sessionId, content);
          dispatch({ type: "replied", key, message });
        },
        () => dispatch({ type: "reply-failed", key }),
      ),
    );
    lastReply.set(sessionId, sent);
    void sent.then(() => {
      if (lastReply.get(sessionId) === sent) lastReply.delete(sessionId);
    });
  }

  document.addEventListener("visibilitychange", markRead, { signal: stopped.signal });
  void attempt(
    async () => {
      await loadIntegrations();
      const [first] = state.integrations;
      if (first !== undefined) chooseIntegration(first.id);
    },
    () => dispatch({ type: "sessions-failed" }),
  );

  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refreshIntegrations: () => void attempt(loadIntegrations),
    chooseIntegration,
    setPresence(presence) {
      const { integrationId } = state;
      if (integrationId === null) return;
      dispatch({ type: "presence-changed", presence });
      void attempt(() => api.setPresence(integrationId, presence));
    },
    search(text) {
      dispatch({ type: "searched", search: text });
      clearTimeout(searchTimer);
      searchTimer = setTimeout(() => loadSessions("replace"), SEARCH_PAUSE_MS);
    },
    loadMoreSessions: () => loadSessions("append"),
    openSession(session) {
      if (state.conversation?.session.id === session.id) return;
      dispatch({ type: "session-opened", session });
      loadHistory("newest");
    },
    closeSession: () => dispatch({ type: "session-closed" }),
    loadOlder: () => loadHistory("older"),
    draft(text) {
      const sessionId = state.conversation?.session.id;
      if (sessionId !== undefined) dispatch({ type: "drafted", sessionId, text });
    },
    reply(content) {
      const sessionId = state.conversation?.session.id;
      if (sessionId === undefined || content.trim() === "") return;
      dispatch({ type: "drafted", sessionId, text: "" });
      sendReply(crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, sessionId, content);
    },
    retryReply(key) {
      const reply = state.replies.find((pending) => pending.key === key);
      if (reply?.state === "failed") sendReply(key, reply.sessionId, reply.content);
    },
    discardReply: (key) => dispatch({ type: "reply-discarded", key }),
    stop() {
      stopped.abort();
      clearTimeout(searchTimer);
      stopWatching();
      listeners.clear();
    },
  };
}
