import type { environmentSchema } from "./variables.ts";

/** What each variable is for, as the docs' table tells it. In Markdown, without the default, which the schema knows. */
export const MEANINGS: Readonly<Record<keyof typeof environmentSchema.shape, string>> = {
  MAILOO_CHAT_INTEGRATION_API:
    "where the platform is, such as `https://api.example.com`. Required, unless `API_BASE_URL` is set",
  API_BASE_URL: "the same, under the name that sites of the platform's own example have already",
  MAILOO_CHAT_INTEGRATION_API_KEY: "the key, with the scope `chat.send-message`",
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: "the project",
  MAILOO_CHAT_INTEGRATION_ID: "the integration, of type `JSBOX`",
  MAILOO_CHAT_WS_ORIGIN: "where the platform's sockets are, http(s) or ws(s), if not where its API is",
  MAILOO_CHAT_ALLOWED_ORIGINS:
    "whose pages may use the chat, by comma: `https://www.example.com`, or `https://*.example.com` for one label. Required in production",
  MAILOO_CHAT_SESSION_SECRET:
    "signs session tokens; at least 32 bytes. A list by comma rotates: the first signs, all verify. Required in production",
  MAILOO_CHAT_SESSION_REVOKED_BEFORE: "an ISO 8601 time; session tokens from before are invalid",
  MAILOO_CHAT_WELCOME_MESSAGE: "shown before the first message",
  MAILOO_CHAT_PRE_CHAT: "what is asked before the first message: `name,email:required`",
  MAILOO_CHAT_CONSENT_TEXT: "what visitors agree to with their first message",
  MAILOO_CHAT_CONSENT_URL: "where that is explained",
  MAILOO_CHAT_HOURS:
    "`Mon-Fri 09:00-17:00, Sat 10:00-12:00`: outside of them the chat says *away*, where the platform does not say",
  MAILOO_CHAT_TIME_ZONE: "of the hours, such as `Europe/Berlin`",
  MAILOO_CHAT_IDENTITY_SECRET: "verifies `visitor.token` with HS256; at least 32 bytes",
  MAILOO_CHAT_IDENTITY_JWKS_URL: "verifies `visitor.token` with RS256 or ES256, by the keys found there",
  MAILOO_CHAT_IDENTITY_ISSUER: "the `iss` that `visitor.token` must carry",
  MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY:
    "`on` passes on what visitors merely claim to be, marked as unverified where others are verified",
  MAILOO_CHAT_UPSTREAM: "`ws` or `poll` to use only one way of hearing from the platform",
  MAILOO_CHAT_CHALLENGE:
    "proof of work before a first message: `always`, `off`, or by itself while several addresses run into the limit on new sessions",
  MAILOO_CHAT_LIMIT_IP_REQUESTS:
    "requests of an address, as `count/seconds`; `0` is off, here and below. Preflights, files and health do not count",
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "first messages of an address",
  MAILOO_CHAT_LIMIT_IP_SOCKETS: "sockets of an address at a time, on each replica",
  MAILOO_CHAT_LIMIT_SESSION_SENDS: "messages of a session",
  MAILOO_CHAT_LIMIT_SESSION_SOCKETS: "sockets of a session at a time, on each replica",
  MAILOO_CHAT_LIMIT_SOCKET_FRAMES: "frames of a socket, control frames included",
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS:
    "sends of a replica to the platform, of all visitors together; first messages take turns with the sessions that talk",
  MAILOO_CHAT_LIMIT_UPSTREAM_READS: "listings, status calls and socket dials of a replica, likewise",
  REDIS_URL: "Redis or Valkey, where there is more than one replica: `redis://` or `rediss://`",
  HOST: "the address to listen on",
  PORT: "the port to listen on",
  TRUST_PROXY: "whose `X-Forwarded-For` counts: a number of hops, or addresses and networks by comma",
  LOG_LEVEL: "`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`",
  METRICS: "`on` shows Prometheus metrics at `/metrics`",
  METRICS_PORT: "shows them on a port of their own instead, which need not be open to the world",
};
