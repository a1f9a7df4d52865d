import { randomUUID } from "node:crypto";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { chatConfigSchema, problemSchema } from "@mailoo-chat/protocol/schemas";
import { Redis } from "ioredis";
import { WebSocket } from "ws";
import type { Dotenv } from "../config/dotenv.ts";
import type { Environment } from "../config/environment.ts";
import { type BffConfig, ConfigError, type ConfigWarning, parseConfig } from "../config/parse-config.ts";
import { docOf, SECRETS, VARIABLES } from "../config/variables.ts";
import { findWidgetFiles } from "../http/widget-files.ts";
import { defaultOrigin } from "../lib/origins.ts";
import { createLog } from "../observability/log.ts";
import type { MailooClient, SessionRef } from "../platform/client.ts";
import { createMailooClient } from "../platform/create-client.ts";
import { MailooError } from "../platform/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Terminal } from "./terminal.ts";

// `check`: examines the configuration, Redis, the platform and, with `--url`, the running server as a browser sees it.
// From top to bottom: the command, one section for each of these, and the report.

/** Something that should be fixed (`error`) or known (`warning`). */
export interface Finding {
  /** Stable, for scripts. */
  readonly id: string;
  readonly severity: "error" | "warning";
  /** What is wrong and why it matters. */
  readonly message: string;
  /** How to fix it. */
  readonly fix: string;
}

export interface CheckOptions {
  /** Also sends a message that the owner sees. */
  readonly send: boolean;
  readonly json: boolean;
  /** Where browsers reach the server, to look at it from outside; null: do not. */
  readonly url: string | null;
}

export async function runCheck({ send, json, url }: CheckOptions, terminal: Terminal): Promise<number> {
  const { dotenv = null, env = process.env } = terminal;
  const shadowed = checkDotenv(dotenv);
  try {
    const { config, warnings } = parseConfig(env);
    const origins = testOrigins(config);
    const findings = [
      ...warnings.map(toConfigWarning),
      ...shadowed,
      ...checkProxyHops(config, url),
      ...checkWidget(),
      ...(config.redisUrl === null ? [] : await checkRedis(config.redisUrl)),
      ...(await checkPlatform(config, origins, send)),
      ...(url === null ? [] : await checkFromOutside(url, origins[0] ?? "")),
    ];
    terminal.stdout(
      json
        ? toJson(findings)
        : toText(findings, [toSources(env, dotenv), toScope(config, origins, send, url)]),
    );
    return isOk(findings) ? EXIT.ok : EXIT.findings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = [...error.problems.map(toConfigFinding), ...shadowed];
    terminal.stdout(json ? toJson(findings) : toText(findings, [toSources(env, dotenv)]));
    for (const problem of error.problems) terminal.stderr(`${problem}\n`);
    return EXIT.config;
  }
}

// ── The configuration ────────────────────────────────────────────────────────────────────────────────────────────────

function toConfigFinding(problem: string): Finding {
  const [variable = "", ...rest] = problem.split(": ");
  const known = VARIABLES.find((name) => name === variable.replace(/_FILE$/, ""));
  return {
    id: `config-${variable}`,
    severity: "error",
    message: `${variable} ${rest.join(": ")}. The server does not start until this is fixed.`,
    fix: known
      ? `Set ${variable}: ${docOf(known).description.replaceAll("`", "")}.`
      : "Correct the name, or remove the variable. All variables are listed in docs/bff.md.",
  };
}

function toConfigWarning({ message, fix }: ConfigWarning): Finding {
  return { id: "config-warning", severity: "warning", message: `${message}.`, fix };
}

function checkDotenv(dotenv: Dotenv | null): readonly Finding[] {
  if (dotenv === null || dotenv.overridden.length === 0) return [];
  const names = dotenv.overridden.join(", ");
  return [
    {
      id: "dotenv-overridden",
      severity: "warning",
      message: `Set in ${dotenv.path} and, with another value, in the environment, which takes precedence: ${names}.`,
      fix: `Unset in the environment what the file should decide: unset ${dotenv.overridden.join(" ")}`,
    },
  ];
}

/** Whether there is a proxy cannot be seen from here, but a server that is reached by https has one. */
function checkProxyHops({ development, trustProxy }: BffConfig, url: string | null): readonly Finding[] {
  if (trustProxy !== 0) return [];
  if (url?.startsWith("https:")) {
    return [
      {
        id: "trust-proxy",
        severity: "error",
        message: `TRUST_PROXY is 0, but ${url} is https, so at least one proxy is in front: all visitors share its address, and so the limits of one address.`,
        fix: "Set TRUST_PROXY to the number of proxies in front: 1 for nginx or Caddy alone, 2 with a load balancer or CDN before it.",
      },
    ];
  }
  if (development) return [];
  return [
    {
      id: "trust-proxy",
      severity: "warning",
      message:
        "TRUST_PROXY is 0: behind a reverse proxy or load balancer, all visitors would share its address, and so the limits of one address.",
      fix: "Set TRUST_PROXY to the number of proxies in front, or to their addresses. Without any proxy, leave it.",
    },
  ];
}

function checkWidget(): readonly Finding[] {
  if (findWidgetFiles()) return [];
  return [
    {
      id: "widget-bundle",
      severity: "warning",
      message:
        "The widget's files are missing: /widget.js is answered 404, and pages that use the script tag show no chat.",
      fix: "Install @mailoo-chat/widget beside @mailoo-chat/bff; in a checkout, run: npx pnpm@10 build",
    },
  ];
}

// ── Redis ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const REDIS_TIMEOUT_MS = 3_000;

/** Whether replicas can share their records there, and whether Redis keeps them. */
async function checkRedis(url: string): Promise<readonly Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: REDIS_TIMEOUT_MS,
    commandTimeout: REDIS_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What `connect` rejects with says only that it failed.
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
      {
        id: "redis",
        // Visitors are served without it, as if each replica were alone.
        severity: "warning",
        message: `Redis cannot be used (${toRedisReason(reason ?? error)}): replicas do not know of each other's sends and limits, and a message that is retried on another replica may appear twice.`,
        fix: "Check REDIS_URL: host, port, password, TLS (rediss://), and that Redis accepts writes.",
      },
    ];
  } finally {
    redis.disconnect();
  }
}

async function checkEviction(redis: Redis): Promise<readonly Finding[]> {
  // Hosted services often forbid CONFIG: then nothing is known.
  const answer = await redis.config("GET", "maxmemory-policy").catch(() => null);
  const policy = Array.isArray(answer) ? String(answer[1]) : "noeviction";
  if (policy === "noeviction") return [];
  return [
    {
      id: "redis-eviction",
      severity: "warning",
      message: `Redis removes records when its memory is full (maxmemory-policy ${policy}): a message that is retried after that may appear twice.`,
      fix: "Set maxmemory-policy to noeviction, or give the chat a Redis of its own.",
    },
  ];
}

/** Never the whole message, which may quote the URL. */
function toRedisReason(error: unknown): string {
  if (!(error instanceof Error)) return "it does not answer as Redis does";
  // Redis begins its refusals with a code: NOAUTH, WRONGPASS, READONLY, OOM.
  const [refusal] = /^[A-Z]{3,}(?= )/.exec(error.message) ?? [];
  if (refusal) return refusal;
  return "code" in error && typeof error.code === "string" ? error.code : "it does not answer as Redis does";
}

// ── The platform ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Every listed origin; if only wildcards are listed, one that they allow. */
function testOrigins({ allowedOrigins }: BffConfig): readonly string[] {
  const exact = allowedOrigins.flatMap((pattern) => (pattern.kind === "exact" ? [pattern.origin] : []));
  return exact.length > 0 ? exact : [defaultOrigin(allowedOrigins)];
}

async function checkPlatform(
  { platform, upstream, allowedOrigins }: BffConfig,
  origins: readonly string[],
  send: boolean,
): Promise<readonly Finding[]> {
  const mailoo = createMailooClient({
    apiUrl: platform.apiBaseUrl,
    apiProxy: platform.apiProxy,
    socketOrigin: platform.socketBaseUrl,
    socketProxy: platform.socketProxy,
    apiKey: platform.apiKey,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    fallbackOrigin: origins[0] ?? null,
    logger: createLog("silent"),
  });
  try {
    const onlyWildcards = allowedOrigins.every(({ kind }) => kind === "one-label");
    const findings = await checkOrigins(mailoo, origins, { onlyWildcards, sockets: upstream !== "poll" });
    if (platform.apiProxy !== null && !isOk(findings)) return findings.map(addProxyHint(platform.apiProxy));
    if (!send || !isOk(findings) || origins[0] === undefined) return findings;
    return await checkSend(mailoo, origins[0]);
  } finally {
    await mailoo.close();
  }
}

/** The proxy may be the cause. */
function addProxyHint(proxy: string): (finding: Finding) => Finding {
  const { host } = new URL(proxy);
  return (finding) => ({
    ...finding,
    fix: `${finding.fix} Requests go through the proxy ${host} (HTTPS_PROXY, NO_PROXY), which must let this machine through to the platform.`,
  });
}

interface OriginProblem {
  readonly origin: string;
  readonly id: "platform-origin" | "platform-history" | "platform-socket";
  readonly message: string;
  readonly fix: string;
}

/**
 * Asks the platform what the BFF asks it: the status and, for every origin, the history and the socket of a session that
 * does not exist. "Unknown session" proves that key, project, integration and origin were accepted. The owner sees
 * nothing of this.
 */
async function checkOrigins(
  mailoo: MailooClient,
  origins: readonly string[],
  { onlyWildcards, sockets }: { readonly onlyWildcards: boolean; readonly sockets: boolean },
): Promise<readonly Finding[]> {
  const statusError = await failureOf(mailoo.status());
  // Unless it concerns only the first origin, all other requests would fail for the same reason.
  if (statusError && !isOriginRefused(statusError)) return [toStatusFinding(statusError)];
  const problems: OriginProblem[] = [];
  for (const origin of origins) {
    const problem = await checkOrigin(mailoo, origin, sockets);
    if (problem) problems.push(problem);
  }
  const someRefused = problems.some(({ id }) => id === "platform-origin");
  if (statusError && (onlyWildcards || !someRefused))
    return [toFallbackFinding(origins[0] ?? "", onlyWildcards)];
  // One finding for all origins with the same problem.
  const groups = Map.groupBy(problems, ({ id, message }) => `${id} ${message}`);
  return Array.from(groups.values(), toOriginFinding);
}

async function checkOrigin(
  mailoo: MailooClient,
  origin: string,
  sockets: boolean,
): Promise<OriginProblem | null> {
  const session: SessionRef = { sessionPublicId: `check-${randomUUID()}`, origin };
  const error = await failureOf(mailoo.list({ ...session, sinceMs: Date.now(), priority: "interactive" }));
  if (error && error.failure.kind !== "session-unknown") {
    const { message, fix } = explainFailure(error);
    return { origin, id: isOriginRefused(error) ? "platform-origin" : "platform-history", message, fix };
  }
  const fault = sockets ? await checkVisitorSocket(mailoo, session) : null;
  return fault === null ? null : { origin, id: "platform-socket", message: fault, fix: SOCKET_FIX };
}

/** A socket that has not failed by then counts as working. */
const SOCKET_TIMEOUT_MS = 3_000;

const SOCKET_FIX =
  "Check MAILOO_CHAT_WS_ORIGIN (default: MAILOO_CHAT_INTEGRATION_API), and that every proxy between this machine and the platform lets WebSocket upgrades through.";

/** @returns what is wrong; null: nothing */
function checkVisitorSocket(mailoo: MailooClient, session: SessionRef): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), SOCKET_TIMEOUT_MS);
  let opened = false;
  const socket = mailoo.openVisitorSocket(session, {
    onOpen() {
      opened = true;
    },
    onMessage() {},
    onChangeHint() {},
    onClose({ kind, code }) {
      if (kind === "lost") resolve(opened ? null : "The connection failed.");
      else resolve(code === 404 || code === 410 ? null : `The upgrade was answered ${code}.`);
    },
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function toStatusFinding(error: MailooError): Finding {
  const { id, message, fix } = explainFailure(error);
  return {
    id,
    severity: "error",
    message: `${message} Until this is fixed, no message reaches you, and readyz answers 503.`,
    fix,
  };
}

/** The server is ready all the same: pages of another origin may be accepted. */
function toFallbackFinding(origin: string, onlyWildcards: boolean): Finding {
  return {
    id: "platform-fallback-origin",
    severity: "warning",
    message: `The platform refuses to tell its status to ${origin}, the origin that the BFF uses until a visitor comes from another: readyz says degraded, and the chat does not know whether you are online.${onlyWildcards ? " As MAILOO_CHAT_ALLOWED_ORIGINS lists only wildcards, whether your pages' origins are accepted could not be checked." : ""}`,
    fix: "Put an origin without a wildcard first in MAILOO_CHAT_ALLOWED_ORIGINS, one that the integration allows.",
  };
}

function toOriginFinding(problems: readonly OriginProblem[]): Finding {
  const [first] = problems;
  if (!first) throw new TypeError("a group has at least one problem");
  const { id, message, fix } = first;
  const origins = problems.map(({ origin }) => origin).join(", ");
  switch (id) {
    case "platform-origin":
      return {
        id,
        severity: "error",
        message: `The platform accepts the API key, but not these origins: ${origins}. Visitors of their pages can neither write nor read.`,
        fix: `Add ${origins} to the integration's allowed origins in the dashboard, spelt exactly like this, or remove them from MAILOO_CHAT_ALLOWED_ORIGINS.`,
      };
    case "platform-history":
      return {
        id,
        severity: "error",
        message: `The message history cannot be read for ${origins}. ${message} Visitors of their pages would see no answers.`,
        fix,
      };
    case "platform-socket":
      // The chat works without it, only more slowly.
      return {
        id,
        severity: "warning",
        message: `The platform's socket cannot be opened for ${origins}. ${message} Answers then arrive by polling, some seconds late.`,
        fix,
      };
  }
}

/** Sends a message that the owner sees. */
async function checkSend(mailoo: MailooClient, origin: string): Promise<readonly Finding[]> {
  const error = await failureOf(
    mailoo.send({
      content: "This is a test message from `mailoo-chat-bff check --send`. Nobody waits for an answer.",
      sessionPublicId: null,
      origin,
      sender: { name: "mailoo-chat-bff check" },
    }),
  );
  if (!error) return [];
  const { message, fix } = explainFailure(error);
  return [
    {
      id: "platform-send",
      severity: "error",
      message: `A test message for ${origin} was not accepted. ${message} Visitors' messages do not reach you.`,
      fix,
    },
  ];
}

async function failureOf(call: Promise<unknown>): Promise<MailooError | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof MailooError) return error;
    throw error;
  }
}

function isOriginRefused(error: MailooError): boolean {
  const { failure } = error;
  return (
    failure.kind === "unauthorised" &&
    failure.status === 403 &&
    explainFailure(error).id === "platform-status"
  );
}

// ── From outside, as a browser on one of the pages ───────────────────────────────────────────────────────────────────

const OUTSIDE_TIMEOUT_MS = 10_000;

async function checkFromOutside(url: string, origin: string): Promise<readonly Finding[]> {
  const { script, base } = toAddresses(url);
  try {
    const findings = [...(await checkScript(script)), ...(await checkReadiness(base))];
    return [...findings, ...(await checkConfigRoute(base, origin))];
  } catch (error) {
    return [
      {
        id: "outside-unreachable",
        severity: "error",
        message: `${url} cannot be reached (${toNetworkReason(error)}).`,
        fix: "Check the address, its DNS entry and certificate, and that the proxy in front passes requests to the server.",
      },
    ];
  }
}

/** An origin stands for the default base path; with a path, it is the base itself. */
function toAddresses(url: string): { readonly script: string; readonly base: string } {
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, "");
  const base = `${origin}${path || DEFAULT_BASE_PATH}`;
  return { script: path === "" ? `${origin}/widget.js` : `${base}/widget.js`, base };
}

async function checkScript(url: string): Promise<readonly Finding[]> {
  const response = await fetchFromPage(url);
  const type = response.headers.get("content-type") ?? "none";
  if (response.ok && type.includes("javascript")) return [];
  return [
    {
      id: "outside-script",
      severity: "error",
      message: `${url} is not the widget's script (status ${response.status}, content type ${type}): pages show no chat.`,
      fix: "Check that the proxy passes this path to the server, and that the widget's files are installed.",
    },
  ];
}

async function checkReadiness(base: string): Promise<readonly Finding[]> {
  const response = await fetchFromPage(`${base}/readyz`);
  if (response.ok) return [];
  return [
    {
      id: "outside-ready",
      severity: "error",
      message: `${base}/readyz answers ${response.status}: the server is not ready for visitors, or another program answers.`,
      fix: "Look at the server's log. If it has no line for this request, check where the proxy passes this path.",
    },
  ];
}

/** The route that the widget asks first, and the socket that it names. */
async function checkConfigRoute(base: string, origin: string): Promise<readonly Finding[]> {
  const url = `${base}/config`;
  const response = await fetchFromPage(url, origin);
  const body: unknown = await response.json().catch(() => null);
  const problem = problemSchema.safeParse(body);
  if (problem.success && problem.data.code === "origin_not_allowed") {
    return [
      {
        id: "outside-origin",
        severity: "error",
        message: `The server at ${base} refuses the origin ${origin}: it runs with another MAILOO_CHAT_ALLOWED_ORIGINS than this one.`,
        fix: "Restart the server with this configuration, or run check with the configuration of the server.",
      },
    ];
  }
  const config = chatConfigSchema.safeParse(body);
  if (!response.ok || !config.success) {
    return [
      {
        id: "outside-config",
        severity: "error",
        message: `${url} does not answer as the chat server does (status ${response.status}): the panel stays without a connection.`,
        fix: "Check that the proxy passes this path unchanged, and that no login page, bot check or cache answers instead.",
      },
    ];
  }
  const allowed = response.headers.get("access-control-allow-origin");
  if (allowed !== origin) {
    return [
      {
        id: "outside-cors",
        severity: "error",
        message: `${url} allows the origin ${allowed ?? "of no page"} instead of ${origin}: browsers refuse its answers.`,
        fix: "Remove rules of the proxy that add, replace or cache CORS headers; the server sets them itself.",
      },
    ];
  }
  const { ws } = config.data.realtime;
  const fault = ws === null ? "the server takes no sockets" : await checkUpgrade(new URL(ws, url), origin);
  if (fault === null) return [];
  return [
    {
      id: "outside-upgrade",
      // Browsers then use long polls.
      severity: "warning",
      message: `The WebSocket of ${base} cannot be opened (${fault}): the chat works by long polling, with more requests.`,
      fix: "Let the proxy pass upgrades; for nginx: proxy_http_version 1.1, and the headers Upgrade and Connection. In your own Express application, call attach(server).",
    },
  ];
}

/** @returns what is wrong; null: nothing */
function checkUpgrade(url: URL, origin: string): Promise<string | null> {
  url.protocol = url.protocol.replace(/^http/, "ws");
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = new WebSocket(url, "mailoo-chat.v1", { origin, handshakeTimeout: OUTSIDE_TIMEOUT_MS });
  socket.on("open", () => resolve(null));
  socket.on("unexpected-response", (_request, response) => resolve(`status ${response.statusCode}`));
  socket.on("error", (error) => resolve(toNetworkReason(error)));
  return promise.finally(() => socket.terminate());
}

function fetchFromPage(url: string, origin?: string): Promise<Response> {
  return fetch(url, {
    redirect: "manual",
    signal: AbortSignal.timeout(OUTSIDE_TIMEOUT_MS),
    ...(origin !== undefined && { headers: { origin } }),
  });
}

/** A system's or TLS library's code, if there is one. */
function toNetworkReason(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
    if (current.name === "TimeoutError") return "no answer in time";
  }
  return error instanceof Error ? error.message : "unknown error";
}

// ── The report ───────────────────────────────────────────────────────────────────────────────────────────────────────

function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== "error");
}

function toJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isOk(findings), findings })}\n`;
}

/** Where the value of each variable is from. Values are not printed: some are secret. */
function toSources(env: Environment, dotenv: Dotenv | null): string {
  const names = [...VARIABLES, ...SECRETS.map((name) => `${name}_FILE`), "NODE_ENV"];
  const set = names.filter((name) => (env[name] ?? "").trim() !== "");
  const width = Math.max(0, ...set.map((name) => name.length));
  const lines = set.map(
    (name) => `  ${name.padEnd(width)}  ${dotenv?.names.has(name) ? dotenv.path : "environment"}`,
  );
  return ["Values are from:", ...lines, "  all other variables have their defaults\n"].join("\n");
}

function toScope(config: BffConfig, origins: readonly string[], send: boolean, url: string | null): string {
  const parts = [
    "the configuration",
    ...(config.redisUrl === null ? [] : ["Redis"]),
    "the platform",
    ...(url === null ? [] : [url]),
  ];
  const sent = send ? ", with a test message" : "";
  return `Checked: ${parts.join(", ")}, for the origins ${origins.join(", ")}${sent}.\n`;
}

function toText(findings: readonly Finding[], introduction: readonly string[]): string {
  const paragraphs = findings.map(
    ({ id, severity, message, fix }) =>
      `${severity === "error" ? "✗" : "!"} ${id}\n  ${message}\n  → ${fix}\n`,
  );
  const verdict = isOk(findings)
    ? "✓ Ready for visitors.\n"
    : "✗ Not ready for visitors: fix the errors above first.\n";
  return [...introduction, ...paragraphs, verdict].join("\n");
}
