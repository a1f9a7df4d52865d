export type PlatformUrls = ReturnType<typeof createPlatformUrls>;

/** Epoch milliseconds. Null: no bound. */
interface HistoryRange {
  readonly sinceMs: number | null;
  /** @default null */
  readonly beforeMs?: number | null;
}

interface PlatformUrlOptions {
  /** http(s); may have a path, which is kept before `/api`. */
  readonly apiUrl: string;
  /** http(s) or ws(s); the same. */
  readonly socketUrl: string;
  readonly projectUid: string;
  readonly integrationId: string;
}

/**
 * The platform's URLs, from options that `config/` has validated. Session ids are untrusted, so each is percent-encoded and
 * cannot leave its path segment. `.` and `..` cannot be encoded (a proxy may read `%2e%2e` as `..`), so they are refused.
 */
export function createPlatformUrls({ apiUrl, socketUrl, projectUid, integrationId }: PlatformUrlOptions) {
  const api = new URL(apiUrl);
  const socketBase = socketUrl.replace(/^http/, "ws").replace(/\/+$/, "");
  const project = encodeURIComponent(projectUid);
  const integration = encodeURIComponent(integrationId);
  const chat = `${api.pathname.replace(/\/+$/, "")}/api/v1/webhooks/chat/${project}`;

  return {
    /** Scheme, host and port of the API. */
    apiOrigin: api.origin,
    messages: `${chat}/${integration}/messages`,
    status: `${chat}/${integration}/status`,
    integrations: `${chat}/integrations`,

    /** Null if no session can have this id. */
    history(sessionPublicId: string, { sinceMs, beforeMs = null }: HistoryRange): string | null {
      const session = toSegment(sessionPublicId);
      if (session === null) return null;
      const path = `${chat}/${integration}/sessions/${session}/messages`;
      const query = new URLSearchParams();
      if (sinceMs !== null) query.set("since", toIso(sinceMs));
      if (beforeMs !== null) query.set("before", toIso(beforeMs));
      return query.size === 0 ? path : `${path}?${query}`;
    },

    /** A ws(s) URL, or null if no session can have this id. */
    visitorSocket(sessionPublicId: string): string | null {
      const session = toSegment(sessionPublicId);
      if (session === null) return null;
      const query = `projectUid=${project}&integrationId=${integration}&sessionPublicId=${session}`;
      return `${socketBase}/api/v1/chat/visitor-ws?${query}`;
    },
  };
}

const ID_MAX_UNITS = 256;

function toSegment(id: string): string | null {
  if (id === "" || id === "." || id === ".." || id.length > ID_MAX_UNITS || !id.isWellFormed()) return null;
  return encodeURIComponent(id);
}

function toIso(epochMs: number): string {
  return new Date(Math.min(LAST_MS, Math.max(0, Math.floor(epochMs)))).toISOString();
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
