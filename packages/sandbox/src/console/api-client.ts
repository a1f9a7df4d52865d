import {
  type Integration,
  type Message,
  type Presence,
  parseIntegration,
  parseList,
  parseMessage,
  parseObject,
  parseSession,
  type Session,
} from "./wire.ts";

/** The platform answered with an error, or not at all (`status` 0). */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;

  constructor(status: number, options?: ErrorOptions) {
    super(`the platform answered ${status}`, options);
    this.status = status;
  }
}

export interface ApiClient {
  listIntegrations(): Promise<readonly Integration[]>;
  setPresence(integrationId: string, presence: Presence): Promise<void>;
  listSessions(
    integrationId: string,
    page: { search: string; after: string | null },
  ): Promise<{ sessions: readonly Session[]; hasMore: boolean }>;
  markRead(integrationId: string, sessionId: string): Promise<void>;
  /** The newest messages, or those before one. */
  listHistory(
    integrationId: string,
    sessionId: string,
    before: string | null,
  ): Promise<{ messages: readonly Message[]; hasMore: boolean }>;
  reply(integrationId: string, sessionId: string, content: string): Promise<Message>;
}

const SESSIONS_PER_PAGE = 100;
const MESSAGES_PER_PAGE = 100;
const TIMEOUT_MS = 15_000;

/** The token that the sandbox hands to a browser on its own machine, or null. */
export async function fetchDevelopmentToken(): Promise<string | null> {
  const response = await fetch("/console/bootstrap", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { ownerToken } = parseObject(await response.json());
  return typeof ownerToken === "string" ? ownerToken : null;
}

export function createApiClient(token: string): ApiClient {
  async function request(
    method: string,
    path: string,
    json?: unknown,
  ): Promise<Readonly<Record<string, unknown>>> {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    if (json !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(path, {
      method,
      headers,
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new ApiFailure(0, { cause });
    });
    if (!response.ok) throw new ApiFailure(response.status);
    return parseObject(await response.json());
  }

  return {
    async listIntegrations() {
      const { integrations } = await request("GET", "/console/integrations");
      return parseList(integrations, parseIntegration);
    },
    async setPresence(integrationId, presence) {
      await request("PUT", `/console/integrations/${encodeURIComponent(integrationId)}/presence`, {
        presence,
      });
    },
    async listSessions(integrationId, { search, after }) {
      const query = new URLSearchParams({ limit: String(SESSIONS_PER_PAGE), search });
      if (after !== null) query.set("after", after);
      const { sessions, hasMore } = await request("GET", `${chatPath(integrationId)}/sessions?${query}`);
      return { sessions: parseList(sessions, parseSession), hasMore: hasMore === true };
    },
    async markRead(integrationId, sessionId) {
      const path = `/console/integrations/${encodeURIComponent(integrationId)}/sessions/${encodeURIComponent(sessionId)}`;
      await request("PUT", `${path}/read`);
    },
    async listHistory(integrationId, sessionId, before) {
      const query = new URLSearchParams({ limit: String(MESSAGES_PER_PAGE) });
      if (before !== null) query.set("before", before);
      const path = `${chatPath(integrationId)}/sessions/${encodeURIComponent(sessionId)}/messages?${query}`;
      const { messages, hasMore } = await request("GET", path);
      return { messages: parseList(messages, parseMessage), hasMore: hasMore === true };
    },
    async reply(integrationId, sessionId, content) {
      const path = `${chatPath(integrationId)}/sessions/${encodeURIComponent(sessionId)}/reply`;
      const { message } = await request("POST", path, { content });
      return parseMessage(message);
    },
  };
}

function chatPath(integrationId: string): string {
  return `/api/v1/chat/${encodeURIComponent(integrationId)}`;
}
