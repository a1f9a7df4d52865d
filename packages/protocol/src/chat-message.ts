/** Who wrote a message: the visitor, the site owner, or the system (a notice, the welcome text). */
export type Author = "visitor" | "owner" | "system";

/** One message as the browser sees it, whatever the platform calls its fields. */
export interface ChatMessage {
  /** The platform's id. Equal ids are the same message. */
  readonly id: string;
  /** The id that the sending browser chose, if the BFF knows it. 1..64 of `A-Za-z0-9_-`. */
  readonly clientMessageId?: string;
  readonly author: Author;
  readonly authorName?: string;
  /** Plain text, trimmed, newlines LF. */
  readonly content: string;
  /** ISO 8601, UTC, milliseconds. Provisional on the answer to a fresh submit. */
  readonly createdAt: string;
}
