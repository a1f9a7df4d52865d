import { Redis } from "ioredis";
import type { Dotenv } from "../config/dotenv.ts";
import type { ChatWarning } from "../config/parse-chats.ts";
import type { BffConfig } from "../config/to-config.ts";
import { docOf, VARIABLES } from "../config/variables.ts";
import { findWidgetFiles } from "../http/widget-files.ts";
import { isOriginAllowed } from "../lib/origins.ts";
import { error, type Finding, warning } from "./finding.ts";

/** @param problem of a `ConfigError`: begins with the variable, or with a chat's path and the variable */
export function toConfigError(problem: string): Finding {
  const [, chat, text = problem] = /^(\/\S*) (.*)$/s.exec(problem) ?? [];
  const [variable = "", ...rest] = text.split(": ");
  if (variable === ".env")
    return error("config-dotenv", `${text}.`, "Let this user read the file, or remove it.");
  const known = VARIABLES.find((name) => name === variable.replace(/_FILE$/, ""));
  const finding = error(
    `config-${variable}`,
    `${variable} ${rest.join(": ")}. The server does not start until this is fixed.`,
    known
      ? `Set ${variable}: ${docOf(known).description.replaceAll("`", "")}.`
      : "Correct the name, or remove the variable. All variables are listed in docs/bff.md.",
  );
  return chat === undefined ? finding : { ...finding, chat };
}

export function toConfigWarning({ message, fix, chat }: ChatWarning): Finding {
  const finding = warning("config-warning", `${message}.`, fix);
  return chat === null ? finding : { ...finding, chat };
}

export function checkDotenv(dotenv: Dotenv | null): readonly Finding[] {
  if (dotenv === null || dotenv.overridden.length === 0) return [];
  return [
    warning(
      "dotenv-overridden",
      `Set in ${dotenv.path} and, with another value, in the environment, which takes precedence: ${dotenv.overridden.join(", ")}.`,
      `To use the values in the file, remove them from the environment: unset ${dotenv.overridden.join(" ")}`,
    ),
  ];
}

/** A proxy cannot be detected from here, but a server that is reached by https has one. */
export function checkProxyHops(
  { development, trustProxy }: BffConfig,
  url: string | null,
): readonly Finding[] {
  if (trustProxy !== 0) return [];
  if (url?.startsWith("https:")) {
    return [
      error(
        "trust-proxy",
        `TRUST_PROXY is 0, but ${url} is https, so at least one proxy is in front: all visitors share its address, and so the limits of one address.`,
        "Set TRUST_PROXY to the number of proxies in front: 1 for nginx or Caddy alone, 2 with a load balancer or CDN before it.",
      ),
    ];
  }
  if (development) return [];
  return [
    warning(
      "trust-proxy",
      "TRUST_PROXY is 0, which is right if browsers reach this server directly. Behind a reverse proxy, load balancer or CDN, all visitors would share its address, and so the limits of one address.",
      "If there are proxies in front, set TRUST_PROXY to their number: 1 for nginx or Caddy alone. Otherwise there is nothing to do.",
    ),
  ];
}

/** The chat page is only served under an allowed origin. */
export function checkChatPage({ page, allowedOrigins }: BffConfig, url: string | null): readonly Finding[] {
  if (url === null || Object.keys(page).length === 0) return [];
  const { origin } = new URL(url);
  if (isOriginAllowed(allowedOrigins, origin)) return [];
  return [
    warning(
      "chat-page",
      `MAILOO_CHAT_PAGE is set, but ${origin} is not in MAILOO_CHAT_ALLOWED_ORIGINS: the chat page is answered 404.`,
      `Add ${origin} to MAILOO_CHAT_ALLOWED_ORIGINS, and to the allowed origins of the integration.`,
    ),
  ];
}

export function checkWidget(): readonly Finding[] {
  if (findWidgetFiles()) return [];
  return [
    warning(
      "widget-bundle",
      "The widget's files are missing: /widget.js is answered 404, and pages that use the script tag show no chat.",
      "Install @mailoo-chat/widget beside @mailoo-chat/bff; in a checkout, run: npx pnpm@10 build",
    ),
  ];
}

const REDIS_TIMEOUT_MS = 3_000;

/** Whether replicas can share their records on Redis, and whether Redis keeps them. The chat also works without it. */
export async function checkRedis({ redisUrl, redisPrefix }: BffConfig): Promise<readonly Finding[]> {
  if (redisUrl === null) return [];
  const redis = new Redis(redisUrl, {
    keyPrefix: redisPrefix,
    lazyConnect: true,
    connectTimeout: REDIS_TIMEOUT_MS,
    commandTimeout: REDIS_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The error of `connect` has no details.
  let reason: unknown;
  redis.on("error", (error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.set("mc:check", "1", "PX", 1_000);
    return await checkEviction(redis);
  } catch (error) {
    return [
      warning(
        "redis",
        `Redis cannot be used (${toReason(reason ?? error)}): replicas cannot share sends and limits, and a message that is retried on another replica may appear twice.`,
        "Check REDIS_URL: host, port, password, TLS (rediss://), and that Redis accepts writes.",
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

async function checkEviction(redis: Redis): Promise<readonly Finding[]> {
  // Hosted services often forbid CONFIG; the policy is then unknown.
  const answer = await redis.config("GET", "maxmemory-policy").catch(() => null);
  const policy = Array.isArray(answer) ? String(answer[1]) : "noeviction";
  if (policy === "noeviction") return [];
  return [
    warning(
      "redis-eviction",
      `Redis removes records when its memory is full (maxmemory-policy ${policy}): a message that is retried after that may appear twice.`,
      "Set maxmemory-policy to noeviction, or give the chat a Redis of its own.",
    ),
  ];
}

/** Not the whole message, because it may quote the URL. */
function toReason(error: unknown): string {
  if (!(error instanceof Error)) return "it does not answer as Redis does";
  // Redis begins its refusals with a code: NOAUTH, WRONGPASS, READONLY, OOM.
  const [refusal] = /^[A-Z]{3,}(?= )/.exec(error.message) ?? [];
  if (refusal) return refusal;
  return "code" in error && typeof error.code === "string" ? error.code : "it does not answer as Redis does";
}
