import {
  type Integration,
  type Message,
  type OwnerEvent,
  type Presence,
  RefusedError,
  request,
  type Session,
} from "./wire.ts";

type Loading = "loading" | "ready" | "failed";

export interface Conversation {
  readonly session: Session;
  readonly loading: Loading;
  /** By time; equal times in the platform's order. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /** Owner messages that the socket brought while a reply was being sent: one may be that reply. */
  readonly held: readonly Message[];
}

/** A reply of this page that the platform has not confirmed. */
export interface PendingReply {
  readonly key: number;
  readonly sessionId: string;
  readonly content: string;
  readonly state: "sending" | "failed";
}

export interface ConsoleState {
  readonly integrations: readonly Integration[];
  readonly integrationId: string;
  readonly link: "connecting" | "live" | "lost";
  readonly search: string;
  readonly listing: Loading;
  /** Newest activity first. */
  readonly sessions: readonly Session[];
  readonly hasMoreSessions: boolean;
  readonly conversation: Conversation | null;
  readonly replies: readonly PendingReply[];
  /** By session id. */
  readonly drafts: Readonly<Record<string, string>>;
}

export type ConsoleStore = ReturnType<typeof createConsoleStore>;

const PAGE_SIZE = 100;
const SEARCH_DELAY_MS = 200;

/** What the console shows and what it can be asked to do. Late answers to outdated questions are dropped. */
export function createConsoleStore(token: string, onSignedOut: () => void) {
  let state: ConsoleState = {
    integrations: [],
    integrationId: "",
    link: "connecting",
    search: "",
    listing: "loading",
    sessions: [],
    hasMoreSessions: false,
    conversation: null,
    replies: [],
    drafts: {},
  };
  let onChange = () => {};
  let socket: WebSocket | null = null;
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  let searchTimer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let listings = 0;
  let replyCount = 0;
  /** Replies are sent one after the other, so that the visitor reads them in order. */
  let lastReply = Promise.resolve();

  function update(patch: Partial<ConsoleState>): void {
    state = { ...state, ...patch };
    onChange();
  }

  /** Changes the open conversation, unless another one was opened in the meantime. */
  function updateConversation(
    sessionId: string,
    change: (open: Conversation) => Partial<Conversation>,
  ): void {
    const { conversation } = state;
    if (conversation?.session.sessionPublicId !== sessionId) return;
    update({ conversation: { ...conversation, ...change(conversation) } });
  }

  function call<T>(method: string, path: string, json?: unknown): Promise<T> {
    return request<T>(token, method, path, json).catch((error: unknown) => {
      if (error instanceof RefusedError && error.status === 401) onSignedOut();
      throw error;
    });
  }

  const sessionsPath = () => `/api/v1/chat/${encodeURIComponent(state.integrationId)}/sessions`;
  const consolePath = () => `/console/integrations/${encodeURIComponent(state.integrationId)}`;

  async function loadIntegrations(): Promise<void> {
    update(await call<Pick<ConsoleState, "integrations">>("GET", "/console/integrations"));
  }

  async function loadSessions(after?: Session): Promise<void> {
    const listing = ++listings;
    const query = new URLSearchParams({ limit: `${PAGE_SIZE}`, search: state.search });
    if (after) query.set("after", after.sessionPublicId);
    try {
      const page = await call<{ sessions: Session[]; hasMore: boolean }>("GET", `${sessionsPath()}?${query}`);
      if (listing !== listings) return;
      const sessions = after ? mergeSessions(state.sessions, page.sessions) : page.sessions;
      update({ listing: "ready", sessions, hasMoreSessions: page.hasMore });
      for (const session of page.sessions) updateConversation(session.sessionPublicId, () => ({ session }));
      markRead();
    } catch {
      if (listing === listings) update({ listing: "failed" });
    }
  }

  async function loadHistory(before?: Message): Promise<void> {
    if (state.conversation === null) return;
    const { sessionPublicId } = state.conversation.session;
    const query = new URLSearchParams({ limit: `${PAGE_SIZE}` });
    if (before) query.set("before", before.id);
    try {
      const path = `${sessionsPath()}/${encodeURIComponent(sessionPublicId)}/messages?${query}`;
      const page = await call<{ messages: Message[]; hasMore: boolean }>("GET", path);
      updateConversation(sessionPublicId, ({ messages }) => {
        const [oldest] = page.messages;
        // The newest page replaces what is older than it: there may be a gap before it.
        const kept = before ? messages : messages.filter((known) => oldest && byTime(oldest, known) <= 0);
        return { loading: "ready", messages: mergeMessages(page.messages, kept), hasOlder: page.hasMore };
      });
      markRead();
    } catch {
      updateConversation(sessionPublicId, () => ({ loading: "failed" }));
    }
  }

  /** The open conversation counts as read while the page is visible. */
  function markRead(): void {
    const session = state.conversation?.session;
    if (!session?.unreadCount || document.visibilityState !== "visible") return;
    receive({ type: "session", payload: { ...session, unreadCount: 0 } });
    const path = `${consolePath()}/sessions/${encodeURIComponent(session.sessionPublicId)}/read`;
    call("PUT", path).catch(() => {});
  }

  function receive({ type, payload }: OwnerEvent): void {
    switch (type) {
      case "message":
        updateConversation(payload.sessionPublicId, ({ messages, held }) =>
          payload.senderType === "OWNER" && isSending(payload.sessionPublicId)
            ? { held: [...held, payload] }
            : { messages: mergeMessages(messages, [payload]) },
        );
        break;
      case "session": {
        const { sessionPublicId: id } = payload;
        updateConversation(id, () => ({ session: payload }));
        // Only the platform can tell whether an unlisted session matches the search.
        const isListed = state.sessions.some(({ sessionPublicId }) => sessionPublicId === id);
        if (isListed || state.search.trim() === "")
          update({ sessions: mergeSessions(state.sessions, [payload]) });
        markRead();
        break;
      }
      case "presence":
        update({
          integrations: state.integrations.map((one) =>
            one.id === state.integrationId ? { ...one, presence: payload.presence } : one,
          ),
        });
    }
  }

  function connect(): void {
    if (stopped) return;
    const query = new URLSearchParams({ integrationId: state.integrationId, token });
    const opened = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/chat/ws?${query}`);
    socket = opened;
    opened.onopen = () => {
      if (socket !== opened) return;
      update({ link: "live" });
      // What the socket has missed.
      void loadSessions();
      void loadHistory();
    };
    opened.onmessage = ({ data }) => {
      if (socket === opened) receive(JSON.parse(String(data)) as OwnerEvent);
    };
    opened.onclose = () => {
      if (socket !== opened) return;
      update({ link: "lost" });
      reconnectTimer = setTimeout(connect, 300 + Math.random() * 1_000);
    };
  }

  function disconnect(): void {
    clearTimeout(reconnectTimer);
    const open = socket;
    socket = null;
    open?.close();
  }

  function chooseIntegration(integrationId: string): void {
    disconnect();
    update({
      integrationId,
      link: "connecting",
      search: "",
      listing: "loading",
      sessions: [],
      conversation: null,
    });
    void loadSessions();
    connect();
  }

  const isSending = (sessionId: string) =>
    state.replies.some((reply) => reply.sessionId === sessionId && reply.state === "sending");

  function sendReply(key: number, sessionId: string, content: string): void {
    const path = `${sessionsPath()}/${encodeURIComponent(sessionId)}/reply`;
    const others = state.replies.filter((reply) => reply.key !== key);
    update({ replies: [...others, { key, sessionId, content, state: "sending" }] });
    lastReply = lastReply.then(async () => {
      const confirmed: Message[] = [];
      try {
        confirmed.push((await call<{ message: Message }>("POST", path, { content })).message);
        discardReply(key);
      } catch {
        const replies = state.replies.map((reply) =>
          reply.key === key ? { ...reply, state: "failed" as const } : reply,
        );
        update({ replies });
      }
      updateConversation(sessionId, ({ messages, held }) => {
        const released = isSending(sessionId) ? [] : held;
        return {
          messages: mergeMessages(messages, [...confirmed, ...released]),
          held: held.slice(released.length),
        };
      });
    });
  }

  function discardReply(key: number): void {
    update({ replies: state.replies.filter((reply) => reply.key !== key) });
  }

  return {
    get state() {
      return state;
    },
    /** @returns the function that stops it */
    start(listener: () => void): () => void {
      onChange = listener;
      document.addEventListener("visibilitychange", markRead);
      loadIntegrations().then(
        () => state.integrations[0] && chooseIntegration(state.integrations[0].id),
        () => update({ listing: "failed" }),
      );
      return () => {
        stopped = true;
        onChange = () => {};
        document.removeEventListener("visibilitychange", markRead);
        clearTimeout(searchTimer);
        disconnect();
      };
    },
    /** The unread counts of the integrations that are not chosen. */
    refreshIntegrations: () => void loadIntegrations().catch(() => {}),
    chooseIntegration,
    setPresence(presence: Presence): void {
      receive({ type: "presence", payload: { presence } });
      call("PUT", `${consolePath()}/presence`, { presence }).catch(() => {});
    },
    search(text: string): void {
      update({ search: text, listing: "loading" });
      clearTimeout(searchTimer);
      searchTimer = setTimeout(loadSessions, SEARCH_DELAY_MS);
    },
    loadMoreSessions: () => void loadSessions(state.sessions.at(-1)),
    openSession(session: Session): void {
      const conversation = { session, loading: "loading", messages: [], hasOlder: false, held: [] } as const;
      update({ conversation });
      void loadHistory();
    },
    closeSession: () => update({ conversation: null }),
    loadOlder: () => void loadHistory(state.conversation?.messages[0]),
    draft(sessionId: string, text: string): void {
      update({ drafts: { ...state.drafts, [sessionId]: text } });
    },
    reply(sessionId: string, content: string): void {
      update({ drafts: { ...state.drafts, [sessionId]: "" } });
      sendReply(++replyCount, sessionId, content);
    },
    retryReply: ({ key, sessionId, content }: PendingReply) => sendReply(key, sessionId, content),
    discardReply: ({ key }: PendingReply) => discardReply(key),
  };
}

/** One session per id: the last given wins. */
function mergeSessions(...lists: readonly (readonly Session[])[]): readonly Session[] {
  const byId = new Map(lists.flat().map((session) => [session.sessionPublicId, session]));
  return [...byId.values()].sort((a, b) => Date.parse(b.lastMessageAt) - Date.parse(a.lastMessageAt));
}

/** One message per id. Sorting is stable: equal times keep the order given. */
function mergeMessages(...lists: readonly (readonly Message[])[]): readonly Message[] {
  const byId = new Map(lists.flat().map((message) => [message.id, message]));
  return [...byId.values()].sort(byTime);
}

function byTime(a: Message, b: Message): number {
  return Date.parse(a.createdAt) - Date.parse(b.createdAt);
}
