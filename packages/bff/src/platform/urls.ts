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
  readonly socketOrigin: string;
  readonly projectUid: string;
  readonly integrationId: string;
}

/**
 * The platform's URLs. Ids come from outside, so each is percent-encoded and cannot leave its path segment. `.` and `..`
 * cannot be encoded (a proxy may read `%2e%2e` as `..`), so they are refused.
 *
 * @throws TypeError that names the option, if one is not valid
 */
export function createPlatformUrls(options: PlatformUrlOptions) {
  const api = parseBase("apiUrl", options.apiUrl, ["http:", "https:"]);
  const socket = parseBase("socketOrigin", options.socketOrigin, ["http:", "https:", "ws:", "wss:"]);
  const project = requireSegment("projectUid", options.projectUid);
  const integration = requireSegment("integrationId", options.integrationId);
  const chat = `${api.path}/api/v1/webhooks/chat/${project}`;

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
      return `${socket.origin.replace(/^http/, "ws")}${socket.path}/api/v1/chat/visitor-ws?${query}`;
    },
  };
}

const ID_MAX_UNITS = 256;

function toSegment(id: string): string | null {
  if (id === "" || id === "." || id === ".." || id.length > ID_MAX_UNITS || !id.isWellFormed()) return null;
  return encodeURIComponent(id);
}

function requireSegment(option: string, id: string): string {
  const segment = toSegment(id);
  if (segment === null) throw new TypeError(`${option} must be an id of 1 to ${ID_MAX_UNITS} characters`);
  return segment;
}

function parseBase(
  option: string,
  text: string,
  schemes: readonly string[],
): { origin: string; path: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !schemes.includes(url.protocol)) {
    throw new TypeError(`${option} must be a URL that begins with ${schemes.join("//, ")}//`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError(`${option} must have no credentials, query or fragment`);
  }
  return { origin: `${url.protocol}//${url.host}`, path: url.pathname.replace(/\/+$/, "") };
}

function toIso(epochMs: number): string {
  return new Date(Math.min(LAST_MS, Math.max(0, Math.floor(epochMs)))).toISOString();
}

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
