import type { DatabaseSync } from "node:sqlite";
import type { Integration, IntegrationConfig, IntegrationType, Presence } from "../platform/models.ts";
import { SCOPES, type Scope } from "../platform/scopes.ts";

/** What an API key gives access to. */
export interface KeyGrant {
  readonly projectUid: string;
  readonly scopes: readonly Scope[];
}

/** Projects, their API keys (by hash only) and their integrations. */
export interface IntegrationStore {
  hasProject(uid: string): boolean;
  /** Adds the project if it is new. */
  addProject(uid: string): void;
  /** Adds a key, or gives an existing one new scopes. The project must exist. */
  putKey(keySha256: string, grant: KeyGrant): void;
  findKey(keySha256: string): KeyGrant | null;
  addIntegration(integration: Integration): void;
  setConfig(publicId: string, config: IntegrationConfig): void;
  setPresence(publicId: string, presence: Presence): void;
  findIntegration(publicId: string): Integration | null;
  /** All of them, oldest first. */
  listIntegrations(): readonly Integration[];
}

export function createIntegrationStore(database: DatabaseSync): IntegrationStore {
  const selectProject = database.prepare("SELECT id FROM projects WHERE uid = ?");
  const insertProject = database.prepare("INSERT OR IGNORE INTO projects (uid) VALUES (?)");
  const upsertKey = database.prepare(`
    INSERT INTO api_keys (sha256, project_id, scopes) SELECT ?, id, ? FROM projects WHERE uid = ?
    ON CONFLICT (sha256) DO UPDATE SET project_id = excluded.project_id, scopes = excluded.scopes`);
  const selectKey = database.prepare(`
    SELECT p.uid AS projectUid, k.scopes FROM api_keys k JOIN projects p ON p.id = k.project_id WHERE k.sha256 = ?`);
  const insertIntegration = database.prepare(`
    INSERT INTO integrations
      (public_id, project_id, type, name, welcome_message, allowed_origins, domain, presence, created_at)
    SELECT ?, id, ?, ?, ?, ?, ?, ?, ? FROM projects WHERE uid = ?`);
  const updateConfig = database.prepare(
    "UPDATE integrations SET welcome_message = ?, allowed_origins = ?, domain = ? WHERE public_id = ?",
  );
  const updatePresence = database.prepare("UPDATE integrations SET presence = ? WHERE public_id = ?");
  const selectIntegration = database.prepare(`${INTEGRATION_COLUMNS} WHERE i.public_id = ?`);
  const selectIntegrations = database.prepare(`${INTEGRATION_COLUMNS} ORDER BY i.id`);

  return {
    hasProject: (uid) => selectProject.get(uid) !== undefined,
    addProject(uid) {
      insertProject.run(uid);
    },
    putKey(keySha256, { projectUid, scopes }) {
      upsertKey.run(keySha256, JSON.stringify(scopes), projectUid);
    },
    findKey(keySha256) {
      // The statement above names exactly these columns.
      const row = selectKey.get(keySha256) as { projectUid: string; scopes: string } | undefined;
      return row === undefined ? null : { projectUid: row.projectUid, scopes: parseScopes(row.scopes) };
    },
    addIntegration({ publicId, type, name, config, presence, createdAtMs, projectUid }) {
      insertIntegration.run(
        publicId,
        type,
        name,
        config.welcomeMessage,
        JSON.stringify(config.allowedOrigins),
        config.domain,
        presence,
        createdAtMs,
        projectUid,
      );
    },
    setConfig(publicId, { welcomeMessage, allowedOrigins, domain }) {
      updateConfig.run(welcomeMessage, JSON.stringify(allowedOrigins), domain, publicId);
    },
    setPresence(publicId, presence) {
      updatePresence.run(presence, publicId);
    },
    findIntegration(publicId) {
      const row = selectIntegration.get(publicId);
      return row === undefined ? null : toIntegration(row as unknown as IntegrationRow);
    },
    listIntegrations: () => (selectIntegrations.all() as unknown as IntegrationRow[]).map(toIntegration),
  };
}

const INTEGRATION_COLUMNS = `
  SELECT i.public_id AS publicId, p.uid AS projectUid, i.type, i.name, i.welcome_message AS welcomeMessage,
    i.allowed_origins AS allowedOrigins, i.domain, i.presence, i.created_at AS createdAtMs
  FROM integrations i JOIN projects p ON p.id = i.project_id`;

/** The columns of `INTEGRATION_COLUMNS`; the tables are STRICT, and only this file writes them. */
interface IntegrationRow {
  readonly publicId: string;
  readonly projectUid: string;
  readonly type: IntegrationType;
  readonly name: string;
  readonly welcomeMessage: string | null;
  readonly allowedOrigins: string;
  readonly domain: string | null;
  readonly presence: Presence;
  readonly createdAtMs: number;
}

function toIntegration(row: IntegrationRow): Integration {
  const { welcomeMessage, allowedOrigins, domain, ...rest } = row;
  return { ...rest, config: { welcomeMessage, allowedOrigins: parseStrings(allowedOrigins), domain } };
}

function parseScopes(json: string): readonly Scope[] {
  const granted = parseStrings(json);
  return SCOPES.filter((scope) => granted.includes(scope));
}

function parseStrings(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
