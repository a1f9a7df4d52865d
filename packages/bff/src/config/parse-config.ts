import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { getProxyForUrl } from "proxy-from-env";
import type { ZodError } from "zod";
import { parseOfficeHours } from "../lib/office-hours.ts";
import type { OriginPattern } from "../lib/origins.ts";
import type { Environment } from "./variables.ts";
import {
  type EnvironmentValues,
  environmentSchema,
  FILE_VARIABLES,
  findSimilarName,
  toList,
  VARIABLE_NAMES,
  type VariableName,
} from "./variables.ts";

/** The validated configuration. */
export type BffConfig = ReturnType<typeof toConfig>;
export type LimitsConfig = BffConfig["limits"];

/** The configuration is not valid. Each of `problems` is a line that begins with the variable's name. */
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

export const VARIABLES_PAGE = "docs/bff.md";

/** Something that works, but should be changed. */
export interface ConfigWarning {
  /** Begins with the variable's name. */
  readonly message: string;
  readonly fix: string;
}

/**
 * Reads the configuration from environment variables. An empty value counts as not set.
 *
 * @param env @default process.env
 * @param resolvesVisitors A host application names its signed-in visitors. @default false
 * @throws ConfigError
 */
export function parseConfig(env: Environment = process.env, resolvesVisitors = false): ParsedConfig {
  const { values, problems } = readValues(env);
  const unknown = findUnknownVariables(env);
  const development = env.NODE_ENV === "development" || env.NODE_ENV === "test";
  const parsed = environmentSchema.safeParse(values);
  if (!parsed.success) problems.push(...toProblems(parsed.error));
  problems.push(...crossCheck(values, development));
  if (parsed.data?.MAILOO_CHAT_VISITOR_SESSIONS && !resolvesVisitors && !verifiesTokens(parsed.data)) {
    problems.push(
      "MAILOO_CHAT_VISITOR_SESSIONS: needs MAILOO_CHAT_IDENTITY_SECRET or MAILOO_CHAT_IDENTITY_JWKS_URL, to know who the visitor is",
    );
  }
  if (!parsed.success || problems.length > 0) {
    // A misspelt name may be the reason why another variable is missing.
    throw new ConfigError([...new Set(problems), ...unknown.map(({ name, hint }) => `${name}: ${hint}`)]);
  }
  const config = toConfig(parsed.data, development);
  const { platform, identity, webhook } = config;
  requireHttpProxies([platform.apiProxy, platform.socketProxy, identity.jwksProxy, webhook?.proxy ?? null]);
  return { config, warnings: [...findWarnings(values, config), ...unknown.map(toWarning)] };
}

/** What `create-integration` needs: the platform without an integration. */
export function parsePlatformAccess(env: Environment = process.env) {
  const { values, problems } = readValues(env);
  const parsed = environmentSchema
    .pick({
      MAILOO_CHAT_INTEGRATION_API: true,
      API_BASE_URL: true,
      MAILOO_CHAT_INTEGRATION_API_KEY: true,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: true,
    })
    .safeParse(values);
  if (!parsed.success) problems.push(...toProblems(parsed.error));
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

/** What is wrong with a value; null: nothing. */
export function faultOf(name: VariableName, value: string): string | null {
  const parsed = environmentSchema.shape[name].safeParse(value);
  return parsed.success ? null : parsed.error.issues.map(({ message }) => message).join(", ");
}

function toProblems({ issues }: ZodError): readonly string[] {
  return issues.map(({ path, message }) => `${String(path[0])}: ${message}`);
}

/** A variable that is set and has our prefix, but is not read. */
interface UnknownVariable {
  readonly name: string;
  /** Continues the sentence after the name. */
  readonly hint: string;
}

const PREFIX = "MAILOO_CHAT_";

function findUnknownVariables(env: Environment): readonly UnknownVariable[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !VARIABLE_NAMES.includes(name))
    .map((name) => {
      const intended = findSimilarName(name);
      const question = intended === undefined ? "" : `; did you mean ${intended}?`;
      return { name, hint: `is not a variable of the BFF and is ignored${question}` };
    });
}

function toWarning({ name, hint }: UnknownVariable): ConfigWarning {
  return {
    message: `${name} ${hint}`,
    fix: `Correct the name, or remove it. The names are in ${VARIABLES_PAGE}.`,
  };
}

/**
 * The proxy for `url` by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; null: none. A WebSocket counts as the HTTP
 * request that it begins with.
 */
function egressProxyFor(url: string): string | null {
  return getProxyForUrl(url.replace(/^ws/, "http")) || null;
}

/** @throws ConfigError for a proxy of another kind, such as SOCKS */
function requireHttpProxies(proxies: readonly (string | null)[]): void {
  if (proxies.every((proxy) => proxy === null || (URL.canParse(proxy) && /^https?:/.test(proxy)))) return;
  throw new ConfigError(["HTTPS_PROXY: must be an http or https URL, as HTTP_PROXY and ALL_PROXY"]);
}

/** The variables that are set, with their secrets from files. */
export function readValues(env: Environment): ReturnType<typeof readSecretFiles> {
  const { values, problems } = readSecretFiles(env);
  for (const name of [...VARIABLE_NAMES, "NODE_ENV"]) {
    const value = values[name];
    if (value === undefined || TEXTS.has(name) || !isQuoted(value)) continue;
    problems.push(
      `${name}: is given with its quotes, as docker's --env-file passes them on; write the value without quotes`,
    );
    // So that the value itself is not reported, too.
    values[name] = value.slice(1, -1);
  }
  return { values, problems };
}

/** Reads each `NAME_FILE` of a secret into `NAME`, and leaves empty values out. */
export function readSecretFiles(env: Environment): { values: Record<string, string>; problems: string[] } {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  for (const name of FILE_VARIABLES) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined) {
      problems.push(`${name}: is given both directly and by ${name}_FILE; leave one of them out`);
      continue;
    }
    const text = readSecretFile(file);
    if (text === null) problems.push(`${name}_FILE: ${file} cannot be read`);
    else if (text === "") problems.push(`${name}_FILE: ${file} is empty`);
    else values[name] = text;
  }
  return { values, problems };
}

function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

/** Texts for visitors may be in quotes. */
const TEXTS: ReadonlySet<string> = new Set([
  "MAILOO_CHAT_WELCOME_MESSAGE",
  "MAILOO_CHAT_CONSENT_TEXT",
  "MAILOO_CHAT_AWAY_TEXT",
]);

function isQuoted(value: string): boolean {
  const [first] = value;
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first);
}

/** Rules that concern several variables. */
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
    problems.push("MAILOO_CHAT_CONSENT_TEXT: is required if MAILOO_CHAT_CONSENT_URL is set");
  }
  problems.push(...requireSafeWebhook(values, development));
  return problems;
}

function requireSafeWebhook(values: Record<string, string>, development: boolean): string[] {
  const url = values.MAILOO_CHAT_WEBHOOK_URL;
  if (url === undefined) return [];
  const problems: string[] = [];
  if (values.MAILOO_CHAT_WEBHOOK_SECRET === undefined) {
    problems.push(
      'MAILOO_CHAT_WEBHOOK_SECRET: is required if MAILOO_CHAT_WEBHOOK_URL is set; make one with: echo "whsec_$(openssl rand -base64 32)"',
    );
  }
  if (!development && URL.canParse(url) && new URL(url).protocol === "http:" && !isLoopback(url)) {
    problems.push("MAILOO_CHAT_WEBHOOK_URL: must be https, unless the receiver is on this machine");
  }
  return problems;
}

function verifiesTokens(values: EnvironmentValues): boolean {
  return (values.MAILOO_CHAT_IDENTITY_SECRET ?? values.MAILOO_CHAT_IDENTITY_JWKS_URL) !== undefined;
}

/** The secrets that others know must not sign session tokens. */
function requireOwnSecret(values: Record<string, string>): string[] {
  const sessionSecrets = toList(values.MAILOO_CHAT_SESSION_SECRET ?? "");
  const secretsOf = {
    MAILOO_CHAT_IDENTITY_SECRET: [values.MAILOO_CHAT_IDENTITY_SECRET],
    MAILOO_CHAT_INTEGRATION_API_KEY: [values.MAILOO_CHAT_INTEGRATION_API_KEY],
    MAILOO_CHAT_WEBHOOK_SECRET: toList(values.MAILOO_CHAT_WEBHOOK_SECRET ?? ""),
  };
  return Object.entries(secretsOf)
    .filter(([, secrets]) => secrets.some((secret) => sessionSecrets.includes(secret ?? "")))
    .map(([name]) => `MAILOO_CHAT_SESSION_SECRET: must differ from ${name}`);
}

function requireApi(values: Record<string, string>): string[] {
  return values.MAILOO_CHAT_INTEGRATION_API === undefined && values.API_BASE_URL === undefined
    ? ["MAILOO_CHAT_INTEGRATION_API: is required; the URL of the platform, such as https://api.example.com"]
    : [];
}

function findWarnings(
  values: Record<string, string>,
  { development, platform, away }: BffConfig,
): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  if (values.MAILOO_CHAT_SESSION_SECRET === undefined) {
    warnings.push({
      message:
        "MAILOO_CHAT_SESSION_SECRET is not set: a random one is used, and sessions end with this process",
      fix: "Before you go live, make one with: openssl rand -base64 48",
    });
  }
  if (values.MAILOO_CHAT_ALLOWED_ORIGINS === undefined) {
    warnings.push({
      message: `MAILOO_CHAT_ALLOWED_ORIGINS is not set: allowing ${DEVELOPMENT_ORIGINS.join(", ")}`,
      fix: "Before you go live, list the origins of the pages that show the chat.",
    });
  }
  if ((values.MAILOO_CHAT_AWAY_EMAIL ?? "off") !== "off" && away.email === null) {
    warnings.push({
      message: "MAILOO_CHAT_AWAY_EMAIL has no effect: MAILOO_CHAT_PRE_CHAT asks for the address already",
      fix: "Leave one of them out.",
    });
  }
  if (values.MAILOO_CHAT_WEBHOOK_SECRET !== undefined && values.MAILOO_CHAT_WEBHOOK_URL === undefined) {
    warnings.push({
      message: "MAILOO_CHAT_WEBHOOK_SECRET is set, but not MAILOO_CHAT_WEBHOOK_URL: no webhooks are sent",
      fix: "Set MAILOO_CHAT_WEBHOOK_URL to the URL of your receiver, or remove the secret.",
    });
  }
  const { apiBaseUrl } = platform;
  if (!development && new URL(apiBaseUrl).protocol === "http:" && !isLoopback(apiBaseUrl)) {
    warnings.push({
      message: "MAILOO_CHAT_INTEGRATION_API is http: the API key travels unencrypted",
      fix: "Use https, unless the platform is in your private network.",
    });
  }
  return warnings;
}

function toConfig(values: EnvironmentValues, development: boolean) {
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
    /** Null: the platform's, if it tells it. */
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
      /** Null: not asked for while nobody is there. */
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
    /** What pages may tell of visitors. A name that begins with `?` is a key of the page's query string. */
    contextNames: values.MAILOO_CHAT_CONTEXT,
    /** Null: off. */
    webhook:
      webhookUrl === undefined
        ? null
        : {
            url: webhookUrl,
            /** The proxy for `url`; null: none. What is sent in plain http does not leave this machine. */
            proxy: isLoopback(webhookUrl) ? null : egressProxyFor(webhookUrl),
            secrets: values.MAILOO_CHAT_WEBHOOK_SECRET ?? [],
            events: new Set(values.MAILOO_CHAT_WEBHOOK_EVENTS),
          },
    /** A signed-in visitor's conversation goes on in every browser. */
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
    /** `port` null: on the BFF's own port. */
    metrics:
      values.METRICS || values.METRICS_PORT !== undefined ? { port: values.METRICS_PORT ?? null } : null,
  };
}

/** An address that is asked for before the first message is not asked for again. */
function toAwayEmail({ MAILOO_CHAT_AWAY_EMAIL: email, MAILOO_CHAT_PRE_CHAT: preChat }: EnvironmentValues) {
  return email === "off" || preChat.some(({ name }) => name === "email") ? null : email;
}

/** The addresses of common development servers. */
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
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."))
  );
}
