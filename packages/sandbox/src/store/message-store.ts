import type { DatabaseSync } from "node:sqlite";
import type { Sender, StoredMessage } from "../platform/models.ts";
import { inTransaction } from "./open-database.ts";

export type NewMessage = Omit<StoredMessage, "sequence">;

/** Which end of the matching messages a limited page holds. The page itself is always oldest first. */
export type PageEnd = "oldest" | "newest";

export interface MessageQuery {
  readonly sessionPublicId: string;
  /** Only messages at or after this time. */
  readonly fromMs: number | null;
  /** Only messages listed before this one. */
  readonly before: string | null;
  /** null for no limit. */
  readonly limit: number | null;
  readonly end: PageEnd;
}

/** Messages in the platform's order: by time, equal times by arrival. */
export interface MessageStore {
  /** Adds all or none, and updates the session's counts and last message. The session must exist. */
  addMessages(messages: readonly NewMessage[]): readonly StoredMessage[];
  listMessages(query: MessageQuery): readonly StoredMessage[];
}

export function createMessageStore(database: DatabaseSync): MessageStore {
  const insertMessage = database.prepare(`
    INSERT INTO messages (public_id, session_id, sender, sender_name, content, created_at)
    SELECT ?, id, ?, ?, ?, ? FROM sessions WHERE public_id = ?`);
  const touchSession = database.prepare(`
    UPDATE sessions SET
      message_count = message_count + 1,
      unread_count = CASE WHEN :sender = 'visitor' THEN unread_count + 1 ELSE 0 END,
      last_message_id = CASE WHEN last_message_id IS NULL OR :createdAtMs >= last_message_at
        THEN :sequence ELSE last_message_id END,
      last_message_at = CASE WHEN last_message_id IS NULL OR :createdAtMs >= last_message_at
        THEN :createdAtMs ELSE last_message_at END
    WHERE public_id = :sessionPublicId`);
  const selectOldest = database.prepare(listStatement("ASC"));
  const selectNewest = database.prepare(listStatement("DESC"));

  function addMessage(message: NewMessage): StoredMessage {
    const { id, sessionPublicId, sender, senderName, content, createdAtMs } = message;
    const inserted = insertMessage.run(id, sender, senderName, content, createdAtMs, sessionPublicId);
    const sequence = Number(inserted.lastInsertRowid);
    touchSession.run({ sender, createdAtMs, sequence, sessionPublicId });
    return { ...message, sequence };
  }

  return {
    addMessages: (messages) => inTransaction(database, () => messages.map(addMessage)),
    listMessages({ sessionPublicId, fromMs, before, limit, end }) {
      // SQLite reads a negative limit as none.
      const parameters = { sessionPublicId, fromMs, before, limit: limit ?? -1 };
      const rows = (end === "oldest" ? selectOldest : selectNewest).all(
        parameters,
      ) as unknown as MessageRow[];
      const messages = rows.map((row) => ({ ...row, sessionPublicId }));
      return end === "oldest" ? messages : messages.reverse();
    },
  };
}

/** The columns of `listStatement`; the table is STRICT, and only this file writes it. */
interface MessageRow {
  readonly id: string;
  readonly sequence: number;
  readonly sender: Sender;
  readonly senderName: string | null;
  readonly content: string;
  readonly createdAtMs: number;
}

function listStatement(direction: "ASC" | "DESC"): string {
  return `
    SELECT m.public_id AS id, m.id AS sequence, m.sender, m.sender_name AS senderName, m.content,
      m.created_at AS createdAtMs
    FROM messages m
    WHERE m.session_id = (SELECT id FROM sessions WHERE public_id = :sessionPublicId)
      AND m.created_at >= COALESCE(:fromMs, -9007199254740991)
      AND (:before IS NULL OR (m.created_at, m.id) <
        (SELECT b.created_at, b.id FROM messages b WHERE b.public_id = :before))
    ORDER BY m.created_at ${direction}, m.id ${direction}
    LIMIT :limit`;
}
