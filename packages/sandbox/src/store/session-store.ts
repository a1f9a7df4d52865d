import type { DatabaseSync } from "node:sqlite";
import type { ChatSession, Sender, SessionSummary } from "../platform/models.ts";

export interface SessionQuery {
  readonly integrationId: string;
  /** Matched against name, e-mail address and every message text; blanks for no filter. */
  readonly search: string;
  readonly limit: number;
  /** Take only sessions listed after this one. */
  readonly after: string | null;
}

export interface SessionStore {
  /** The integration must exist. */
  addSession(session: Pick<ChatSession, "publicId" | "integrationId" | "createdAtMs">): void;
  findSession(publicId: string): ChatSession | null;
  /** Newest activity first. */
  listSessions(query: SessionQuery): readonly SessionSummary[];
  /** A field that is null keeps its stored value. */
  describeVisitor(publicId: string, visitor: { name: string | null; email: string | null }): void;
  markRead(publicId: string): void;
  /** Visitor messages of an integration that the owner has not seen. */
  countUnread(integrationId: string): number;
  /** Every session's public id with its number of messages. */
  countMessages(): readonly { readonly publicId: string; readonly messageCount: number }[];
}

export function createSessionStore(database: DatabaseSync): SessionStore {
  const insertSession = database.prepare(`
    INSERT INTO sessions (public_id, integration_id, created_at, last_message_at)
    SELECT ?, id, ?, ? FROM integrations WHERE public_id = ?`);
  const selectSession = database.prepare(`
    SELECT ${SESSION_COLUMNS} FROM sessions s JOIN integrations i ON i.id = s.integration_id WHERE s.public_id = ?`);
  const selectSessions = database.prepare(LIST_SESSIONS);
  const updateVisitor = database.prepare(`
    UPDATE sessions SET visitor_name = COALESCE(?, visitor_name), visitor_email = COALESCE(?, visitor_email)
    WHERE public_id = ?`);
  const clearUnread = database.prepare("UPDATE sessions SET unread_count = 0 WHERE public_id = ?");
  const sumUnread = database.prepare(`
    SELECT COALESCE(SUM(unread_count), 0) AS unread FROM sessions
    WHERE integration_id = (SELECT id FROM integrations WHERE public_id = ?)`);
  const selectCounts = database.prepare(
    "SELECT public_id AS publicId, message_count AS messageCount FROM sessions ORDER BY id",
  );

  return {
    addSession({ publicId, integrationId, createdAtMs }) {
      insertSession.run(publicId, createdAtMs, createdAtMs, integrationId);
    },
    findSession: (publicId) => (selectSession.get(publicId) as unknown as ChatSession | undefined) ?? null,
    listSessions({ integrationId, search, limit, after }) {
      const pattern = search.trim() === "" ? null : likePattern(search.trim());
      const rows = selectSessions.all({ integrationId, pattern, limit, after });
      return (rows as unknown as SummaryRow[]).map(toSummary);
    },
    describeVisitor(publicId, { name, email }) {
      if (name !== null || email !== null) updateVisitor.run(name, email, publicId);
    },
    markRead(publicId) {
      clearUnread.run(publicId);
    },
    countUnread: (integrationId) => Number(sumUnread.get(integrationId)?.unread ?? 0),
    countMessages: () => selectCounts.all() as unknown as { publicId: string; messageCount: number }[],
  };
}

const SESSION_COLUMNS = `
  s.public_id AS publicId, i.public_id AS integrationId, s.visitor_name AS visitorName,
  s.visitor_email AS visitorEmail, s.created_at AS createdAtMs, s.last_message_at AS lastMessageAtMs,
  s.message_count AS messageCount, s.unread_count AS unreadCount`;

const LIST_SESSIONS = `
  SELECT ${SESSION_COLUMNS}, m.public_id AS messageId, m.id AS sequence, m.sender, m.sender_name AS senderName,
    m.content, m.created_at AS messageCreatedAtMs
  FROM sessions s
  JOIN integrations i ON i.id = s.integration_id
  LEFT JOIN messages m ON m.id = s.last_message_id
  WHERE s.integration_id = (SELECT id FROM integrations WHERE public_id = :integrationId)
    AND (:after IS NULL OR (s.last_message_at, s.id) <
      (SELECT a.last_message_at, a.id FROM sessions a WHERE a.public_id = :after))
    AND (:pattern IS NULL
      OR s.visitor_name LIKE :pattern ESCAPE '\\'
      OR s.visitor_email LIKE :pattern ESCAPE '\\'
      OR EXISTS (SELECT 1 FROM messages f WHERE f.session_id = s.id AND f.content LIKE :pattern ESCAPE '\\'))
  ORDER BY s.last_message_at DESC, s.id DESC
  LIMIT :limit`;

/** The columns of `LIST_SESSIONS`; the message's are null for a session without one. */
interface SummaryRow extends ChatSession {
  readonly messageId: string | null;
  readonly sequence: number;
  readonly sender: Sender;
  readonly senderName: string | null;
  readonly content: string;
  readonly messageCreatedAtMs: number;
}

function toSummary(row: SummaryRow): SessionSummary {
  const { messageId, sequence, sender, senderName, content, messageCreatedAtMs, ...session } = row;
  if (messageId === null) return { ...session, lastMessage: null };
  return {
    ...session,
    lastMessage: {
      id: messageId,
      sequence,
      sessionPublicId: session.publicId,
      sender,
      senderName,
      content,
      createdAtMs: messageCreatedAtMs,
    },
  };
}

function likePattern(search: string): string {
  return `%${search.replace(/[\\%_]/g, "\\$&")}%`;
}
