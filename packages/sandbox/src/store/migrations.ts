/**
 * The schema, one step per entry; `PRAGMA user_version` counts the steps a file has taken. Never edit a step that was
 * released: add another.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE projects (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE api_keys (
    sha256 TEXT PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    scopes TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE integrations (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    welcome_message TEXT,
    allowed_origins TEXT NOT NULL,
    domain TEXT,
    presence TEXT NOT NULL DEFAULT 'auto',
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    integration_id INTEGER NOT NULL REFERENCES integrations(id) ON DELETE CASCADE,
    visitor_name TEXT,
    visitor_email TEXT,
    created_at INTEGER NOT NULL,
    last_message_at INTEGER NOT NULL,
    last_message_id INTEGER,
    message_count INTEGER NOT NULL DEFAULT 0,
    unread_count INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE INDEX sessions_by_activity ON sessions (integration_id, last_message_at DESC, id DESC);

  CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    sender_name TEXT,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE INDEX messages_by_time ON messages (session_id, created_at, id);
  `,
];
