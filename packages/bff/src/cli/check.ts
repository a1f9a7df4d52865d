import type { Environment } from "../config/environment.ts";
import {
  type BffConfig,
  ConfigError,
  type ConfigWarning,
  type ParsedConfig,
  parseConfig,
} from "../config/parse-config.ts";
import { docOf, VARIABLES } from "../config/variables.ts";
import { findWidgetFiles } from "../http/widget-files.ts";
import { defaultOrigin } from "../lib/origins.ts";
import { createLog } from "../observability/log.ts";
import { createMailooClient } from "../platform/create-client.ts";
import { examinePlatform, examineSend } from "./examine-platform.ts";
import { examineRedis } from "./examine-redis.ts";
import { EXIT } from "./exit-codes.ts";
import type { Finding } from "./finding.ts";
import type { Terminal } from "./terminal.ts";

export interface CheckOptions {
  /** Also sends a message that the owner sees. */
  readonly send: boolean;
  readonly json: boolean;
}

/** `check`: says what is wrong, why it matters and how to mend it. */
export async function runCheck({ send, json }: CheckOptions, terminal: Terminal): Promise<number> {
  const configured = readConfig(terminal.env);
  if ("problems" in configured) {
    const findings = configured.problems.map(toConfigFinding);
    terminal.stdout(json ? toJson(findings) : toLetter(findings, null));
    for (const problem of configured.problems) terminal.stderr(`${problem}\n`);
    return EXIT.config;
  }
  const { config, warnings } = configured;
  const origins = testOrigins(config);
  const findings = [
    ...warnings.map(toConfigWarning),
    ...examineProxies(config),
    ...examineWidget(),
    ...(config.redisUrl === null ? [] : await examineRedis(config.redisUrl)),
    ...(await examineUpstream(config, origins, send)),
  ];
  terminal.stdout(json ? toJson(findings) : toLetter(findings, toScope(config, origins, send)));
  return isOk(findings) ? EXIT.ok : EXIT.findings;
}

function readConfig(env: Environment | undefined): ParsedConfig | { readonly problems: readonly string[] } {
  try {
    return parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

/** Every listed origin; where only wildcards are listed, one that they let in. */
function testOrigins({ allowedOrigins }: BffConfig): readonly string[] {
  const exact = allowedOrigins.flatMap((pattern) => (pattern.kind === "exact" ? [pattern.origin] : []));
  return exact.length > 0 ? exact : [defaultOrigin(allowedOrigins)];
}

async function examineUpstream(
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
    const findings = await examinePlatform(mailoo, {
      origins,
      onlyWildcards: allowedOrigins.every(({ kind }) => kind === "one-label"),
      sockets: upstream !== "poll",
    });
    if (platform.apiProxy !== null && !isOk(findings)) return findings.map(withProxy(platform.apiProxy));
    if (!send || !isOk(findings) || origins[0] === undefined) return findings;
    return [...findings, ...(await examineSend(mailoo, origins[0]))];
  } finally {
    await mailoo.close();
  }
}

/** Whether there is a proxy cannot be seen from here; but whoever serves pages by https has one. */
function examineProxies({ development, trustProxy }: BffConfig): readonly Finding[] {
  if (development || trustProxy !== 0) return [];
  return [
    {
      id: "trust-proxy",
      severity: "warning",
      message:
        "TRUST_PROXY is 0: behind a proxy or load balancer, one for https included, all visitors share its address, and so one address's limits.",
      fix: "Set TRUST_PROXY to the number of proxies in front, or to their addresses. Without any proxy, leave it.",
    },
  ];
}

/** The proxy may be what is wrong. */
function withProxy(proxy: string): (finding: Finding) => Finding {
  const { host } = new URL(proxy);
  return (finding) => ({
    ...finding,
    fix: `${finding.fix} The way goes through the proxy ${host} (HTTPS_PROXY, NO_PROXY): it must let this machine through to the platform.`,
  });
}

function examineWidget(): readonly Finding[] {
  if (findWidgetFiles()) return [];
  return [
    {
      id: "widget-bundle",
      severity: "warning",
      message:
        "The widget's bundle is not there: /widget.js will be answered 404, and pages that use the script tag show no chat.",
      fix: "Install @mailoo-chat/widget beside @mailoo-chat/bff; in a checkout, run: npx pnpm@10 build",
    },
  ];
}

function toConfigFinding(problem: string): Finding {
  const [variable = "", ...rest] = problem.split(": ");
  const known = VARIABLES.find((name) => name === variable.replace(/_FILE$/, ""));
  const meaning = known && docOf(known).description;
  return {
    id: `config-${variable}`,
    severity: "error",
    message: `${variable} ${rest.join(": ")}. The server does not start like this.`,
    fix: meaning === undefined ? "See the table in docs/bff.md." : `Set it right: ${plain(meaning)}.`,
  };
}

/** Without Markdown's marks. */
function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}

function toConfigWarning({ message, fix }: ConfigWarning): Finding {
  return { id: "config-warning", severity: "warning", message: `${message}.`, fix };
}

function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== "error");
}

function toJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isOk(findings), findings })}\n`;
}

/** What the letter says that it is about. */
function toScope({ redisUrl }: BffConfig, origins: readonly string[], send: boolean): string {
  const parts = ["the configuration", ...(redisUrl === null ? [] : ["Redis"]), "the platform"];
  const sent = send ? ", with a test message" : "";
  return `Examined: ${parts.join(", ")}, and the origins ${origins.join(", ")}${sent}.\n\n`;
}

/** @param scope null where the configuration was as far as it went */
function toLetter(findings: readonly Finding[], scope: string | null): string {
  const paragraphs = findings.map(
    ({ id, severity, message, fix }) =>
      `${severity === "error" ? "✗" : "!"} ${id}\n  ${message}\n  → ${fix}\n`,
  );
  const verdict = isOk(findings)
    ? "✓ Ready for visitors.\n"
    : "✗ Not ready for visitors: mend the above first.\n";
  return `${scope ?? ""}${paragraphs.join("\n")}${paragraphs.length > 0 ? "\n" : ""}${verdict}`;
}
