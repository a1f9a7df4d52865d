import { randomBytes } from "node:crypto";
import type { PreChatField } from "@mailoo-chat/protocol";
import type { TrustProxy } from "../lib/client-address.ts";
import { egressProxyFor, isHttpProxy } from "../lib/egress-proxy.ts";
import { type OfficeHours, parseOfficeHours } from "../lib/office-hours.ts";
import type { OriginPattern } from "../lib/origins.ts";
import type { RateLimit } from "../lib/rate-limit.ts";
import { readSecretFiles, SECRETS } from "./secret-files.ts";
import { type EnvironmentValues, environmentSchema, toList, VARIABLES } from "./variables.ts";

/** Everything an operator can set, validated. Made by `parseConfig` alone. */
export interface BffConfig {
  readonly development: boolean;
  readonly platform: PlatformConfig;
  readonly allowedOrigins: readonly OriginPattern[];
  /** The first signs, all verify. */
  readonly sessionSecrets: readonly [string, ...string[]];
  /** Tokens issued before this moment are invalid; null: none are. */
  readonly sessionRevokedBeforeMs: number | null;
  readonly welcomeMessage: string | null;
  readonly preChat: readonly PreChatField[];
  /** `url` is empty where there is nothing to link to. */
  readonly consent: { readonly text: string; readonly url: string } | null;
  readonly officeHours: OfficeHours | null;
  readonly identity: IdentityConfig;
  readonly upstream: "auto" | "ws" | "poll";
  readonly challenge: "auto" | "off" | "always";
  readonly limits: LimitsConfig;
  readonly redisUrl: string | null;
  readonly host: string;
  readonly port: number;
  readonly trustProxy: TrustProxy;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** `port` null: on the BFF's own port. */
  readonly metrics: { readonly port: number | null } | null;
}

/** Where the platform is, and who we are to it. */
export interface PlatformConfig {
  /** Without a trailing slash. */
  readonly apiBaseUrl: string;
  /** ws or wss, without a trailing slash. */
  readonly socketBaseUrl: string;
  /** The proxy on the way to `apiBaseUrl`, with its credentials; null: none. */
  readonly apiProxy: string | null;
  /** The same for `socketBaseUrl`. */
  readonly socketProxy: string | null;
  readonly apiKey: string;
  readonly projectUid: string;
  readonly integrationId: string;
}

export interface IdentityConfig {
  readonly secret: string | null;
  readonly jwksUrl: string | null;
  /** The proxy on the way there; null: none. */
  readonly jwksProxy: string | null;
  readonly issuer: string | null;
  /** What a visitor merely claims to be is passed on, marked as unverified. */
  readonly allowUnverified: boolean;
}

/** Null is off. */
export interface LimitsConfig {
  readonly ipRequests: RateLimit | null;
  readonly ipNewSessions: RateLimit | null;
  readonly ipSockets: number | null;
  readonly sessionSends: RateLimit | null;
  readonly sessionSockets: number | null;
  readonly socketFrames: RateLimit | null;
  readonly upstreamSends: RateLimit | null;
  readonly upstreamReads: RateLimit | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is wrong or incomplete. `problems` has one line each, beginning with the variable's name. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.join("\n")}`);
    this.problems = problems;
  }
}

export interface ParsedConfig {
  readonly config: BffConfig;
  readonly warnings: readonly ConfigWarning[];
}

/** Something that works, but should not stay so. */
export interface ConfigWarning {
  /** Begins with the variable's name. */
  readonly message: string;
  readonly fix: string;
}

/**
 * Reads the configuration from environment variables. An empty value counts as none.
 *
 * @param env @default process.env
 * @throws ConfigError
 */
export function parseConfig(env: Environment = process.env): ParsedConfig {
  const { values, problems } = readValues(env);
  const development = env.NODE_ENV === "development" || env.NODE_ENV === "test";
  const parsed = environmentSchema.safeParse(values);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`));
  }
  problems.push(...crossCheck(values, development));
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  const result = assemble(parsed.data, development);
  const { platform, identity } = result.config;
  requireHttpProxies([platform.apiProxy, platform.socketProxy, identity.jwksProxy]);
  return result;
}

/** What `create-integration` needs: the platform without an integration. */
export function parsePlatformAccess(
  env: Environment = process.env,
): Omit<PlatformConfig, "integrationId" | "socketBaseUrl" | "socketProxy"> {
  const { values, problems } = readValues(env);
  const parsed = environmentSchema
    .pick({
      MAILOO_CHAT_INTEGRATION_API: true,
      API_BASE_URL: true,
      MAILOO_CHAT_INTEGRATION_API_KEY: true,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: true,
    })
    .safeParse(values);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`));
  }
  problems.push(...requireApi(values));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const apiBaseUrl = parsed.data.MAILOO_CHAT_INTEGRATION_API ?? parsed.data.API_BASE_URL ?? "";
  const apiProxy = egressProxyFor(apiBaseUrl);
  requireHttpProxies([apiProxy]);
  return {
    apiBaseUrl,
    apiProxy,
    apiKey: parsed.data.MAILOO_CHAT_INTEGRATION_API_KEY,
    projectUid: parsed.data.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
  };
}

/** @throws ConfigError for SOCKS and the like */
function requireHttpProxies(proxies: readonly (string | null)[]): void {
  if (proxies.every((proxy) => proxy === null || isHttpProxy(proxy))) return;
  throw new ConfigError(["HTTPS_PROXY: must be an http or https URL, as HTTP_PROXY and ALL_PROXY"]);
}

function readValues(env: Environment): ReturnType<typeof readSecretFiles> {
  const { values, problems } = readSecretFiles(env);
  for (const name of [...VARIABLES, ...SECRETS.map((secret) => `${secret}_FILE`), "NODE_ENV"]) {
    const value = values[name];
    if (value === undefined || TEXTS.has(name) || !isQuoted(value)) continue;
    problems.push(
      `${name}: is given with its quotes, as docker's --env-file passes them on; write the value without quotes`,
    );
    // So that what is inside is not reported, too.
    values[name] = value.slice(1, -1);
  }
  return { values, problems };
}

/** What visitors read may be in quotes. */
const TEXTS: ReadonlySet<string> = new Set(["MAILOO_CHAT_WELCOME_MESSAGE", "MAILOO_CHAT_CONSENT_TEXT"]);

function isQuoted(value: string): boolean {
  const [first] = value;
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first);
}

/** The rules that concern more than one variable. */
function crossCheck(values: Record<string, string>, development: boolean): string[] {
  const problems = requireApi(values);
  const origins = values.MAILOO_CHAT_ALLOWED_ORIGINS;
  if (!development) {
    if (origins === undefined) {
      problems.push(
        "MAILOO_CHAT_ALLOWED_ORIGINS: is required; list the origins of the pages that show the chat",
      );
    }
    if (values.MAILOO_CHAT_SESSION_SECRET === undefined) {
      problems.push("MAILOO_CHAT_SESSION_SECRET: is required; make one with: openssl rand -base64 48");
    }
  }
  if (origins !== undefined && toList(origins).length === 0) {
    problems.push("MAILOO_CHAT_ALLOWED_ORIGINS: must list at least one origin");
  }
  const hours = values.MAILOO_CHAT_HOURS;
  if (hours !== undefined && !parseOfficeHours(hours, "UTC")) {
    problems.push("MAILOO_CHAT_HOURS: must be days and times such as Mon-Fri 09:00-17:00");
  }
  problems.push(...requireOwnSecret(values));
  if (values.MAILOO_CHAT_CONSENT_URL !== undefined && values.MAILOO_CHAT_CONSENT_TEXT === undefined) {
    problems.push("MAILOO_CHAT_CONSENT_TEXT: is required where MAILOO_CHAT_CONSENT_URL is set");
  }
  return problems;
}

/** The site signs identity tokens, and calls the platform, with secrets that must not sign session tokens. */
function requireOwnSecret(values: Record<string, string>): string[] {
  const sessionSecrets = toList(values.MAILOO_CHAT_SESSION_SECRET ?? "");
  return (["MAILOO_CHAT_IDENTITY_SECRET", "MAILOO_CHAT_INTEGRATION_API_KEY"] as const)
    .filter((name) => sessionSecrets.includes(values[name] ?? ""))
    .map((name) => `MAILOO_CHAT_SESSION_SECRET: must differ from ${name}`);
}

function requireApi(values: Record<string, string>): string[] {
  return values.MAILOO_CHAT_INTEGRATION_API === undefined && values.API_BASE_URL === undefined
    ? ["MAILOO_CHAT_INTEGRATION_API: is required; the URL of the platform, such as https://api.example.com"]
    : [];
}

function assemble(values: EnvironmentValues, development: boolean): ParsedConfig {
  const warnings: ConfigWarning[] = [];
  const apiBaseUrl = values.MAILOO_CHAT_INTEGRATION_API ?? values.API_BASE_URL ?? "";
  let sessionSecrets: readonly [string, ...string[]] | undefined = values.MAILOO_CHAT_SESSION_SECRET;
  if (!sessionSecrets) {
    sessionSecrets = [randomBytes(32).toString("base64url")];
    warnings.push({
      message:
        "MAILOO_CHAT_SESSION_SECRET is not set: a random one is used, and sessions end with this process",
      fix: "Before you go live, make one with: openssl rand -base64 48",
    });
  }
  const socketBaseUrl = (values.MAILOO_CHAT_WS_ORIGIN ?? apiBaseUrl).replace(/^http/, "ws");
  const jwksUrl = values.MAILOO_CHAT_IDENTITY_JWKS_URL ?? null;
  let allowedOrigins = values.MAILOO_CHAT_ALLOWED_ORIGINS;
  if (!allowedOrigins) {
    allowedOrigins = DEVELOPMENT_ORIGINS.map((origin) => ({ kind: "exact", origin }));
    warnings.push({
      message: `MAILOO_CHAT_ALLOWED_ORIGINS is not set: allowing ${DEVELOPMENT_ORIGINS.join(", ")}`,
      fix: "Before you go live, list the origins of the pages that show the chat.",
    });
  }
  if (!development && new URL(apiBaseUrl).protocol === "http:" && !isLoopback(apiBaseUrl)) {
    warnings.push({
      message:
        "MAILOO_CHAT_INTEGRATION_API is http: the API key travels unencrypted, for anybody on the way to read",
      fix: "Use https, unless the platform is in a network that is yours alone.",
    });
  }
  return {
    warnings,
    config: {
      development,
      platform: {
        apiBaseUrl,
        socketBaseUrl,
        apiProxy: egressProxyFor(apiBaseUrl),
        socketProxy: egressProxyFor(socketBaseUrl),
        apiKey: values.MAILOO_CHAT_INTEGRATION_API_KEY,
        projectUid: values.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
        integrationId: values.MAILOO_CHAT_INTEGRATION_ID,
      },
      allowedOrigins,
      sessionSecrets,
      sessionRevokedBeforeMs: values.MAILOO_CHAT_SESSION_REVOKED_BEFORE ?? null,
      welcomeMessage: values.MAILOO_CHAT_WELCOME_MESSAGE ?? null,
      preChat: values.MAILOO_CHAT_PRE_CHAT,
      consent:
        values.MAILOO_CHAT_CONSENT_TEXT === undefined
          ? null
          : { text: values.MAILOO_CHAT_CONSENT_TEXT, url: values.MAILOO_CHAT_CONSENT_URL ?? "" },
      officeHours:
        values.MAILOO_CHAT_HOURS === undefined
          ? null
          : (parseOfficeHours(values.MAILOO_CHAT_HOURS, values.MAILOO_CHAT_TIME_ZONE) ?? null),
      identity: {
        secret: values.MAILOO_CHAT_IDENTITY_SECRET ?? null,
        jwksUrl,
        jwksProxy: jwksUrl === null ? null : egressProxyFor(jwksUrl),
        issuer: values.MAILOO_CHAT_IDENTITY_ISSUER ?? null,
        allowUnverified: values.MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY,
      },
      upstream: values.MAILOO_CHAT_UPSTREAM,
      challenge: values.MAILOO_CHAT_CHALLENGE,
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
      host: values.HOST,
      port: values.PORT,
      trustProxy: values.TRUST_PROXY,
      logLevel: values.LOG_LEVEL,
      metrics:
        values.METRICS || values.METRICS_PORT !== undefined ? { port: values.METRICS_PORT ?? null } : null,
    },
  };
}

/** Where development servers of the usual tools stand. */
const DEVELOPMENT_ORIGINS = [
  "http://localhost:5173",
  "http://127.0.0.1:5173",
  "http://localhost:3000",
  "http://127.0.0.1:3000",
  "http://localhost:8787",
  "http://127.0.0.1:8787",
];

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
