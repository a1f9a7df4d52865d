import type { ChatConfig, ChatMessage, VisitorClaims } from "@mailoo-chat/protocol";
import type { ChatClient, ChatState, TimelineEntry } from "../../src/client/chat-client.ts";

/** A conversation that does what the test says: the other end of the panel. */
export interface FakeClient extends ChatClient {
  /** What the panel has asked for, in order. */
  readonly calls: readonly (readonly [name: string, ...args: unknown[]])[];
  readonly isClosed: boolean;
  update(change: Partial<ChatState>): void;
  /** A new message of somebody else's: in the timeline, and told to the listeners. */
  receive(message: Partial<ChatMessage> & { readonly content: string }): void;
}

export const CONFIG: ChatConfig = {
  welcomeMessage: "Welcome!",
  status: "online",
  realtime: { ws: null, longPollSeconds: 25 },
  limits: { contentMax: 4000 },
  preChat: { fields: [] },
  consent: null,
  challenge: null,
};

const NOON = Date.parse("2026-05-04T12:00:00Z");

export function createFakeClient(initial: Partial<ChatState> = {}): FakeClient {
  const calls: [string, ...unknown[]][] = [];
  const listeners = new Set<(state: ChatState) => void>();
  const messageListeners = new Set<(message: ChatMessage) => void>();
  let isClosed = false;
  let state: ChatState = {
    config: CONFIG,
    timeline: [],
    connection: { name: "idle" },
    status: "online",
    unread: 0,
    firstUnreadId: null,
    hasSession: false,
    sessionPublicId: null,
    truncated: false,
    asked: [],
    isIdentityRefused: false,
    notice: null,
    ...initial,
  };

  function update(change: Partial<ChatState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener(state);
  }

  function called(...call: [string, ...unknown[]]): void {
    calls.push(call);
  }

  return {
    calls,
    update,
    get state() {
      return state;
    },
    get isClosed() {
      return isClosed;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onMessage(listener) {
      messageListeners.add(listener);
      return () => messageListeners.delete(listener);
    },
    receive(message) {
      const whole: ChatMessage = {
        id: `m${state.timeline.length + 1}`,
        author: "owner",
        createdAt: new Date(NOON).toISOString(),
        ...message,
      };
      update({
        timeline: [...state.timeline, toEntry({ id: whole.id, author: "owner", content: whole.content })],
        unread: state.unread + 1,
      });
      for (const listener of messageListeners) listener(whole);
    },
    open: () => called("open"),
    markRead() {
      called("markRead");
      update({ unread: 0 });
    },
    async send(text) {
      called("send", text);
      update({
        timeline: [...state.timeline, toEntry({ id: `c${calls.length}`, content: text, state: "sending" })],
      });
      return { id: "m1", author: "visitor", content: text, createdAt: new Date(NOON).toISOString() };
    },
    retry: (id) => called("retry", id),
    discard: (id) => called("discard", id),
    identify: (visitor: VisitorClaims) => called("identify", visitor),
    reset: () => called("reset"),
    close() {
      isClosed = true;
    },
  };
}

/** An own message that has arrived, but for what is said otherwise. */
export function toEntry(entry: Partial<TimelineEntry> & { readonly id: string }): TimelineEntry {
  return {
    key: entry.id,
    author: "visitor",
    authorName: null,
    content: "Hello",
    createdAtMs: NOON,
    state: "sent",
    failure: null,
    ...entry,
  };
}
