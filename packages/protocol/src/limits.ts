/** Longest message, in UTF-16 code units, after trimming. */
export const CONTENT_MAX_UNITS = 4000;

/** Longest footer with what the page has told of the visitor, in UTF-16 code units, with the line breaks before it. */
export const CONTEXT_MAX_UNITS = 500;

/** Largest request body, in bytes. */
export const BODY_MAX_BYTES = 64 * 1024;

/** Largest frame from a browser, in bytes. */
export const CLIENT_FRAME_MAX_BYTES = 4 * 1024;

/** Largest frame or page to a browser, in bytes. */
export const SERVER_FRAME_MAX_BYTES = 256 * 1024;

/** Most messages in one answer. */
export const PAGE_MAX_MESSAGES = 200;

/** Longest cursor, in bytes. */
export const CURSOR_MAX_BYTES = 1024;

/** How far back a cursor remembers ids, so that late messages are still found. */
export const OVERLAP_MS = 60_000;

/** Longest `wait`, in seconds. */
export const LONG_POLL_MAX_SECONDS = 25;

/** How often the server pings a socket. */
export const HEARTBEAT_MS = 20_000;

/** How long a client may take to say hello. */
export const HELLO_TIMEOUT_MS = 5_000;

/** How long a server may take to answer hello with ready before the client gives the socket up. */
export const READY_TIMEOUT_MS = 5_000;

/** A `since` time may lie this far ahead of the server's clock. */
export const SINCE_MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

export const CLIENT_MESSAGE_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const VISITOR_KEY_PATTERN = /^[A-Za-z0-9_-]{22,64}$/;
