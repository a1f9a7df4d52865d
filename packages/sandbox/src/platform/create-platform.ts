import { randomBytes, randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { FaultBoard } from "../faults/fault-board.ts";
import { createIntegrationStore, type IntegrationStore } from "../store/integration-store.ts";
import { createMessageStore, type NewMessage } from "../store/message-store.ts";
import { createSessionStore, type SessionQuery } from "../store/session-store.ts";
import type {
  ChatSession,
  Integration,
  IntegrationConfig,
  Presence,
  SessionSummary,
  StoredMessage,
} from "./models.ts";

/** A message as its author sends it. */
export interface MessageDraft {
  readonly content: string;
  readonly senderName: string | null;
}

export interface VisitorDraft extends MessageDraft {
  readonly senderEmail: string | null;
}

export interface HistoryPage {
  readonly messages: readonly StoredMessage[];
  /** Whether there are older ones. */
  readonly hasMore: boolean;
}

/**
 * Everything the platform does, without HTTP or sockets: it stores messages, stamps them with its own clock and calls its
 * listeners. The routes check what a request may do before they call it.
 */
export interface Platform {
  readonly integrations: Pick<
    IntegrationStore,
    "findIntegration" | "findKey" | "hasProject" | "listIntegrations"
  >;
  createIntegration(projectUid: string, name: string, config: IntegrationConfig): Integration;
  setPresence(integrationId: string, presence: Presence): void;
  findSession(publicId: string): ChatSession | null;
  listSessions(query: SessionQuery): readonly SessionSummary[];
  summarise(session: ChatSession): SessionSummary;
  /** Opens a new session if `session` is null. */
  addVisitorMessage(integrationId: string, session: ChatSession | null, draft: VisitorDraft): StoredMessage;
  addOwnerMessage(session: ChatSession, draft: MessageDraft): StoredMessage;
  /** Adds many at once. With `announce: false`, they are not pushed to sockets. */
  addMessages(messages: readonly NewMessage[], options: { announce: boolean }): readonly StoredMessage[];
  markRead(session: ChatSession): void;
  countUnread(integrationId: string): number;
  /** The history call. The fault switches decide how `since` is read and how long a page is. */
  listSince(session: ChatSession, sinceMs: number | null): readonly StoredMessage[];
  /** The dashboard's history: the newest `limit` messages, or those before a message. */
  listHistory(session: ChatSession, page: { before: string | null; limit: number | null }): HistoryPage;
  allMessages(sessionPublicId: string): readonly StoredMessage[];
  countMessages(): Readonly<Record<string, number>>;
  /** The platform's clock. */
  nowMs(): number;
  /** Calls back after messages were stored, in order, once per session. */
  onMessages(listener: (session: ChatSession, messages: readonly StoredMessage[]) => void): void;
  /** Calls back when the owner has read a session. */
  onRead(listener: (session: ChatSession) => void): void;
  onPresence(listener: (integrationId: string) => void): void;
}

export function createPlatform(
  database: DatabaseSync,
  faults: FaultBoard,
  trueNowMs: () => number = Date.now,
): Platform {
  const integrations = createIntegrationStore(database);
  const sessions = createSessionStore(database);
  const messages = createMessageStore(database);
  const messageListeners: ((session: ChatSession, messages: readonly StoredMessage[]) => void)[] = [];
  const readListeners: ((session: ChatSession) => void)[] = [];
  const presenceListeners: ((integrationId: string) => void)[] = [];

  const nowMs = () => faults.clockMs(trueNowMs());

  function openSession(integrationId: string): string {
    const publicId = randomBytes(18).toString("base64url");
    sessions.addSession({ publicId, integrationId, createdAtMs: nowMs() });
    return publicId;
  }

  function keep(drafts: readonly NewMessage[], announce: boolean): readonly StoredMessage[] {
    const kept = messages.addMessages(drafts);
    if (announce) {
      for (const [publicId, ofSession] of Map.groupBy(kept, (message) => message.sessionPublicId)) {
        const session = sessions.findSession(publicId);
        if (session !== null) for (const listener of messageListeners) listener(session, ofSession);
      }
    }
    return kept;
  }

  function keepOne(draft: Omit<NewMessage, "id" | "createdAtMs">): StoredMessage {
    const stamped = { ...draft, id: newMessageId(), createdAtMs: faults.stampMs(trueNowMs()) };
    const [kept] = keep([stamped], true);
    if (kept === undefined) throw new Error("the store kept no message");
    return kept;
  }

  return {
    integrations,
    createIntegration(projectUid, name, config) {
      const integration: Integration = {
        publicId: `jsbox_${randomBytes(12).toString("hex")}`,
        projectUid,
        type: "JSBOX",
        name,
        config,
        presence: "auto",
        createdAtMs: nowMs(),
      };
      integrations.addIntegration(integration);
      return integration;
    },
    setPresence(integrationId, presence) {
      integrations.setPresence(integrationId, presence);
      for (const listener of presenceListeners) listener(integrationId);
    },
    findSession: (publicId) => sessions.findSession(publicId),
    listSessions: (query) => sessions.listSessions(query),
    summarise(session) {
      const [lastMessage = null] = messages.listMessages({
        sessionPublicId: session.publicId,
        fromMs: null,
        before: null,
        limit: 1,
        end: "newest",
      });
      return { ...session, lastMessage };
    },
    addVisitorMessage(integrationId, session, { content, senderName, senderEmail }) {
      const sessionPublicId = session?.publicId ?? openSession(integrationId);
      sessions.describeVisitor(sessionPublicId, { name: senderName, email: senderEmail });
      return keepOne({ sessionPublicId, sender: "visitor", senderName, content });
    },
    addOwnerMessage: (session, { content, senderName }) =>
      keepOne({ sessionPublicId: session.publicId, sender: "owner", senderName, content }),
    addMessages: (drafts, { announce }) => keep(drafts, announce),
    markRead(session) {
      sessions.markRead(session.publicId);
      for (const listener of readListeners) listener({ ...session, unreadCount: 0 });
    },
    countUnread: (integrationId) => sessions.countUnread(integrationId),
    listSince(session, sinceMs) {
      const { since, pageSize, pageOrder } = faults.settings;
      const fromMs = sinceMs === null || since === "inclusive" ? sinceMs : sinceMs + 1;
      const query = { sessionPublicId: session.publicId, fromMs, before: null };
      return messages.listMessages({ ...query, limit: pageSize, end: pageOrder });
    },
    listHistory(session, { before, limit }) {
      const query = { sessionPublicId: session.publicId, fromMs: null, before };
      // One more than requested shows whether there are older ones.
      const found = messages.listMessages({
        ...query,
        limit: limit === null ? null : limit + 1,
        end: "newest",
      });
      const hasMore = limit !== null && found.length > limit;
      return { messages: hasMore ? found.slice(1) : found, hasMore };
    },
    allMessages: (sessionPublicId) =>
      messages.listMessages({ sessionPublicId, fromMs: null, before: null, limit: null, end: "oldest" }),
    countMessages: () =>
      Object.fromEntries(
        sessions.countMessages().map(({ publicId, messageCount }) => [publicId, messageCount]),
      ),
    nowMs,
    onMessages: (listener) => void messageListeners.push(listener),
    onRead: (listener) => void readListeners.push(listener),
    onPresence: (listener) => void presenceListeners.push(listener),
  };
}

export function newMessageId(): string {
  return `msg_${randomUUID()}`;
}
