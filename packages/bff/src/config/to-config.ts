import { randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";
import { getProxyForUrl } from "proxy-from-env";
import { parseOfficeHours } from "../lib/office-hours.ts";
import type { OriginPattern } from "../lib/origins.ts";
import type { EnvironmentValues } from "./variables.ts";

/** The validated configuration. */
export type BffConfig = ReturnType<typeof toConfig>;
export type LimitsConfig = BffConfig["limits"];

/** From values that are valid, each alone and together. */
export function toConfig(values: EnvironmentValues, development: boolean) {
  const apiBaseUrl = values.MAILOO_CHAT_INTEGRATION_API ?? values.API_BASE_URL ?? "";
  const socketBaseUrl = (values.MAILOO_CHAT_WS_ORIGIN ?? apiBaseUrl).replace(/^http/, "ws");
  const jwksUrl = values.MAILOO_CHAT_IDENTITY_JWKS_URL ?? null;
  const consentText = values.MAILOO_CHAT_CONSENT_TEXT;
  const webhookUrl = values.MAILOO_CHAT_WEBHOOK_URL;
  return {
    development,
    platform: {
      /** Without a trailing slash. */
      apiBaseUrl,
      /** ws or wss, without a trailing slash. */
      socketBaseUrl,
      /** The proxy for `apiBaseUrl`, with its credentials; null: none. */
      apiProxy: egressProxyFor(apiBaseUrl),
      /** The same for `socketBaseUrl`. */
      socketProxy: egressProxyFor(socketBaseUrl),
      apiKey: values.MAILOO_CHAT_INTEGRATION_API_KEY,
      projectUid: values.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
      integrationId: values.MAILOO_CHAT_INTEGRATION_ID,
    },
    allowedOrigins:
      values.MAILOO_CHAT_ALLOWED_ORIGINS ??
      DEVELOPMENT_ORIGINS.map((origin): OriginPattern => ({ kind: "exact", origin })),
    /** The first signs, all verify. */
    sessionSecrets: values.MAILOO_CHAT_SESSION_SECRET ?? ([randomBytes(32).toString("base64url")] as const),
    /** Tokens issued before this moment, in epoch milliseconds, are invalid; null: none are. */
    sessionRevokedBeforeMs: values.MAILOO_CHAT_SESSION_REVOKED_BEFORE ?? null,
    /** Null: the platform's, if it has one. */
    welcomeMessage: values.MAILOO_CHAT_WELCOME_MESSAGE ?? null,
    texts: values.MAILOO_CHAT_TEXTS,
    page: values.MAILOO_CHAT_PAGE,
    preChat: values.MAILOO_CHAT_PRE_CHAT,
    /** `url` is empty if there is nothing to link to. */
    consent:
      consentText === undefined ? null : { text: consentText, url: values.MAILOO_CHAT_CONSENT_URL ?? "" },
    officeHours:
      values.MAILOO_CHAT_HOURS === undefined
        ? null
        : (parseOfficeHours(values.MAILOO_CHAT_HOURS, values.MAILOO_CHAT_TIME_ZONE) ?? null),
    away: {
      text: values.MAILOO_CHAT_AWAY_TEXT ?? null,
      linkUrl: values.MAILOO_CHAT_AWAY_LINK ?? null,
      /** Null: not requested while the owner is away. */
      email: toAwayEmail(values),
    },
    identity: {
      secret: values.MAILOO_CHAT_IDENTITY_SECRET ?? null,
      jwksUrl,
      /** The proxy for `jwksUrl`; null: none. */
      jwksProxy: jwksUrl === null ? null : egressProxyFor(jwksUrl),
      issuer: values.MAILOO_CHAT_IDENTITY_ISSUER ?? null,
      allowUnverified: values.MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY,
    },
    /** What pages may report about visitors. A name that begins with `?` is a key of the page's query string. */
    contextNames: values.MAILOO_CHAT_CONTEXT,
    /** Null: off. */
    webhook:
      webhookUrl === undefined
        ? null
        : {
            url: webhookUrl,
            /** The proxy for `url`; null: none. Plain http is only used within this machine. */
            proxy: isLoopback(webhookUrl) ? null : egressProxyFor(webhookUrl),
            secrets: values.MAILOO_CHAT_WEBHOOK_SECRET ?? [],
            events: new Set(values.MAILOO_CHAT_WEBHOOK_EVENTS),
          },
    /** A signed-in visitor has one conversation in every browser. */
    visitorSessions: values.MAILOO_CHAT_VISITOR_SESSIONS,
    upstream: values.MAILOO_CHAT_UPSTREAM,
    challenge: values.MAILOO_CHAT_CHALLENGE,
    /** Null is off. */
    limits: {
      ipRequests: values.MAILOO_CHAT_LIMIT_IP_REQUESTS,
      ipNewSessions: values.MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS,
      ipSockets: values.MAILOO_CHAT_LIMIT_IP_SOCKETS,
      sessionSends: values.MAILOO_CHAT_LIMIT_SESSION_SENDS,
      sessionSockets: values.MAILOO_CHAT_LIMIT_SESSION_SOCKETS,
      socketFrames: values.MAILOO_CHAT_LIMIT_SOCKET_FRAMES,
      upstreamSends: values.MAILOO_CHAT_LIMIT_UPSTREAM_SENDS,
      upstreamReads: values.MAILOO_CHAT_LIMIT_UPSTREAM_READS,
    },
    redisUrl: values.REDIS_URL ?? null,
    redisPrefix: values.REDIS_PREFIX,
    host: values.HOST,
    port: values.PORT,
    trustProxy: values.TRUST_PROXY,
    logLevel: values.LOG_LEVEL,
    /** `port` null: the BFF's own port. */
    metrics:
      values.METRICS || values.METRICS_PORT !== undefined ? { port: values.METRICS_PORT ?? null } : null,
  };
}

/** If the address is requested before the first message, it is not requested again. */
function toAwayEmail({ MAILOO_CHAT_AWAY_EMAIL: email, MAILOO_CHAT_PRE_CHAT: preChat }: EnvironmentValues) {
  return email === "off" || preChat.some(({ name }) => name === "email") ? null : email;
}

/** The addresses of common development servers. */
export const DEVELOPMENT_ORIGINS = [
  "http://localhost:5173",
  "http://127.0.0.1:5173",
  "http://localhost:3000",
  "http://127.0.0.1:3000",
  "http://localhost:8787",
  "http://127.0.0.1:8787",
];

/**
 * The proxy for `url` by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; null: none. A WebSocket counts as HTTP,
 * because it begins with an HTTP request.
 */
export function egressProxyFor(url: string): string | null {
  return getProxyForUrl(url.replace(/^ws/, "http")) || null;
}

/** Whether requests to this URL stay on this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."))
  );
}
