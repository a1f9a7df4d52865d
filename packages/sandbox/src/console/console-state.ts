import type { Integration, Message, Presence, Session } from "./wire.ts";

/** A list that is fetched: what is there stays on screen while it is fetched again. */
export type Loading = "loading" | "ready" | "failed";

export interface SessionList {
  readonly loading: Loading;
  readonly items: readonly Session[];
  readonly hasMore: boolean;
}

export interface Conversation {
  /** As known last, whether the list shows it now or not. */
  readonly session: Session;
  readonly loading: Loading;
  /** By time, equal times in the platform's order. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /**
   * The owner's messages that came by the socket while a reply was on its way: one of them may be that reply, so they
   * wait for its answer, which tells.
   */
  readonly held: readonly Message[];
}

/** A reply of this page that the platform has not confirmed. */
export interface PendingReply {
  readonly key: string;
  readonly sessionId: string;
  readonly content: string;
  readonly startedAtMs: number;
  readonly state: "sending" | "failed";
}

export type Link = "connecting" | "live" | "lost";

export interface ConsoleState {
  readonly integrations: readonly Integration[];
  readonly integrationId: string | null;
  readonly link: Link;
  readonly search: string;
  readonly sessions: SessionList;
  readonly conversation: Conversation | null;
  readonly replies: readonly PendingReply[];
  /** By session id. */
  readonly drafts: Readonly<Record<string, string>>;
}

export type Action =
  | { readonly type: "integrations-loaded"; readonly integrations: readonly Integration[] }
  | { readonly type: "integration-chosen"; readonly integrationId: string }
  | { readonly type: "presence-changed"; readonly presence: Presence }
  | { readonly type: "link-changed"; readonly link: Link }
  | { readonly type: "searched"; readonly search: string }
  | {
      readonly type: "sessions-loaded";
      readonly sessions: readonly Session[];
      readonly hasMore: boolean;
      readonly how: "replace" | "append";
    }
  | { readonly type: "sessions-failed" }
  | { readonly type: "session-changed"; readonly session: Session }
  | { readonly type: "session-opened"; readonly session: Session }
  | { readonly type: "session-closed" }
  | {
      readonly type: "history-loaded";
      readonly sessionId: string;
      readonly messages: readonly Message[];
      readonly hasOlder: boolean;
      readonly page: "newest" | "older";
    }
  | { readonly type: "history-failed"; readonly sessionId: string }
  | { readonly type: "message-arrived"; readonly message: Message }
  | { readonly type: "drafted"; readonly sessionId: string; readonly text: string }
  | { readonly type: "reply-started"; readonly reply: Omit<PendingReply, "state"> }
  | { readonly type: "replied"; readonly key: string; readonly message: Message }
  | { readonly type: "reply-failed"; readonly key: string }
  | { readonly type: "reply-discarded"; readonly key: string };

export const INITIAL_STATE: ConsoleState = {
  integrations: [],
  integrationId: null,
  link: "connecting",
  search: "",
  sessions: { loading: "loading", items: [], hasMore: false },
  conversation: null,
  replies: [],
  drafts: {},
};

/** Every change of what the console shows. */
export function reduce(state: ConsoleState, action: Action): ConsoleState {
  switch (action.type) {
    case "integrations-loaded":
      return { ...state, integrations: action.integrations };
    case "integration-chosen":
      return {
        ...INITIAL_STATE,
        integrations: state.integrations,
        integrationId: action.integrationId,
        replies: state.replies,
        drafts: state.drafts,
      };
    case "presence-changed":
      return {
        ...state,
        integrations: state.integrations.map((integration) =>
          integration.id === state.integrationId
            ? { ...integration, presence: action.presence }
            : integration,
        ),
      };
    case "link-changed":
      return { ...state, link: action.link };
    case "searched":
      return { ...state, search: action.search, sessions: { ...state.sessions, loading: "loading" } };
    case "sessions-loaded": {
      const kept = action.how === "append" ? state.sessions.items : [];
      const items = mergeSessions(kept, action.sessions);
      const listed = { ...state, sessions: { loading: "ready" as const, items, hasMore: action.hasMore } };
      return action.sessions.reduce(withOpenSession, listed);
    }
    case "sessions-failed":
      return { ...state, sessions: { ...state.sessions, loading: "failed" } };
    case "session-changed":
      return withOpenSession({ ...state, sessions: withSession(state, action.session) }, action.session);
    case "session-opened":
      return {
        ...state,
        conversation: {
          session: action.session,
          loading: "loading",
          messages: [],
          hasOlder: false,
          held: [],
        },
      };
    case "session-closed":
      return { ...state, conversation: null };
    case "history-loaded":
      return updateConversation(state, action.sessionId, (conversation) => {
        // An older page goes in front: among equal times, the platform listed it first.
        const pages =
          action.page === "older"
            ? [...action.messages, ...conversation.messages]
            : [...conversation.messages, ...action.messages];
        const known = conversation.messages.length > 0;
        const hasOlder = action.page === "newest" && known ? conversation.hasOlder : action.hasOlder;
        return { ...conversation, loading: "ready", messages: mergeMessages(pages), hasOlder };
      });
    case "history-failed":
      return updateConversation(state, action.sessionId, (conversation) => ({
        ...conversation,
        loading: "failed",
      }));
    case "message-arrived":
      return updateConversation(state, action.message.sessionPublicId, (conversation) =>
        arrive(conversation, action.message, isSending(state, conversation.session.id)),
      );
    case "drafted":
      return { ...state, drafts: { ...state.drafts, [action.sessionId]: action.text } };
    case "reply-started":
      return {
        ...state,
        replies: [
          ...state.replies.filter(({ key }) => key !== action.reply.key),
          { ...action.reply, state: "sending" },
        ],
      };
    case "replied":
      return settle(withoutReply(state, action.key), action.message.sessionPublicId, [action.message]);
    case "reply-failed": {
      const reply = state.replies.find(({ key }) => key === action.key);
      if (reply === undefined) return state;
      const replies = state.replies.map((other) =>
        other === reply ? { ...other, state: "failed" as const } : other,
      );
      return settle({ ...state, replies }, reply.sessionId, []);
    }
    case "reply-discarded":
      return withoutReply(state, action.key);
  }
}

/** Whether a reply of this session is on its way. */
function isSending(state: ConsoleState, sessionId: string): boolean {
  return state.replies.some((reply) => reply.sessionId === sessionId && reply.state === "sending");
}

function arrive(conversation: Conversation, message: Message, sending: boolean): Conversation {
  if (message.author === "owner" && sending) {
    return { ...conversation, held: [...conversation.held, message] };
  }
  return { ...conversation, messages: mergeMessages([...conversation.messages, message]) };
}

/** Shows what a reply's answer brought, and what was held for it once no other is on its way. */
function settle(state: ConsoleState, sessionId: string, confirmed: readonly Message[]): ConsoleState {
  return updateConversation(state, sessionId, (conversation) => {
    const sending = isSending(state, sessionId);
    const released = sending ? [] : conversation.held;
    return {
      ...conversation,
      held: sending ? conversation.held : [],
      messages: mergeMessages([...conversation.messages, ...confirmed, ...released]),
    };
  });
}

function withoutReply(state: ConsoleState, key: string): ConsoleState {
  return { ...state, replies: state.replies.filter((reply) => reply.key !== key) };
}

/** Changes the open conversation, if it is still that of the session. */
function updateConversation(
  state: ConsoleState,
  sessionId: string,
  update: (conversation: Conversation) => Conversation,
): ConsoleState {
  if (state.conversation?.session.id !== sessionId) return state;
  return { ...state, conversation: update(state.conversation) };
}

/** Takes up what is newly known of the session that is open. */
function withOpenSession(state: ConsoleState, session: Session): ConsoleState {
  return updateConversation(state, session.id, (conversation) => ({ ...conversation, session }));
}

function withSession({ sessions, search }: ConsoleState, session: Session): SessionList {
  const known = sessions.items.some(({ id }) => id === session.id);
  // Only the platform can tell whether a session that was not found matches now.
  if (!known && search.trim() !== "") return sessions;
  return { ...sessions, items: mergeSessions(sessions.items, [session]) };
}

/** Newest activity first; a session that is given again replaces what was known. */
function mergeSessions(known: readonly Session[], given: readonly Session[]): readonly Session[] {
  const byId = new Map([...known, ...given].map((session) => [session.id, session]));
  return [...byId.values()].sort((a, b) => b.lastMessageAtMs - a.lastMessageAtMs);
}

/** One message per id, by time; sorting is stable, so equal times keep the order given. */
function mergeMessages(messages: readonly Message[]): readonly Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
}
