import type { Terminal } from "../cli.ts";
import { type BffConfig, ConfigError, type Environment, parseConfig } from "../config.ts";
import { EXIT } from "../exit-codes.ts";
import { defaultOrigin } from "../http/origin-policy.ts";
import { createLog } from "../log.ts";
import { createMailooClient } from "../mailoo/create-mailoo-client.ts";
import { loadWidgetFiles } from "../widget-files.ts";
import { examinePlatform, examineSend } from "./examine-platform.ts";
import { examineRedis } from "./examine-redis.ts";
import type { Finding } from "./finding.ts";

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
    terminal.stdout(json ? toJson(findings) : toLetter(findings, []));
    for (const problem of configured.problems) terminal.stderr(`${problem}\n`);
    return EXIT.config;
  }
  const { config, warnings } = configured;
  const origins = testOrigins(config);
  const findings = [
    ...warnings.map(toConfigWarning),
    ...examineWidget(),
    ...(config.redisUrl === null ? [] : await examineRedis(config.redisUrl)),
    ...(await examineUpstream(config, origins, send)),
  ];
  terminal.stdout(json ? toJson(findings) : toLetter(findings, origins));
  return isOk(findings) ? EXIT.ok : EXIT.findings;
}

function readConfig(
  env: Environment | undefined,
): ReturnType<typeof parseConfig> | { readonly problems: readonly string[] } {
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
  { platform }: BffConfig,
  origins: readonly string[],
  send: boolean,
): Promise<readonly Finding[]> {
  const mailoo = createMailooClient({
    apiUrl: platform.apiBaseUrl,
    socketOrigin: platform.socketBaseUrl,
    apiKey: platform.apiKey,
    projectUid: platform.projectUid,
    integrationId: platform.integrationId,
    fallbackOrigin: origins[0] ?? null,
    logger: createLog("silent"),
  });
  try {
    const findings = await examinePlatform(mailoo, origins);
    if (!send || !isOk(findings) || origins[0] === undefined) return findings;
    return [...findings, ...(await examineSend(mailoo, origins[0]))];
  } finally {
    await mailoo.close();
  }
}

function examineWidget(): readonly Finding[] {
  if (loadWidgetFiles().get("widget.js")) return [];
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
  return {
    id: `config-${variable}`,
    severity: "error",
    message: `${variable} ${rest.join(": ")}. The server does not start like this.`,
    fix: `Set ${variable} as the README's table says.`,
  };
}

function toConfigWarning(warning: string): Finding {
  return {
    id: "config-warning",
    severity: "warning",
    message: `${warning}.`,
    fix: "Set the variable before you go live.",
  };
}

function isOk(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== "error");
}

function toJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isOk(findings), findings })}\n`;
}

function toLetter(findings: readonly Finding[], origins: readonly string[]): string {
  const paragraphs = findings.map(
    ({ id, severity, message, fix }) =>
      `${severity === "error" ? "✗" : "!"} ${id}\n  ${message}\n  → ${fix}\n`,
  );
  const examined =
    origins.length === 0
      ? ""
      : `Examined: the configuration, the platform, and the origins ${origins.join(", ")}.\n\n`;
  const verdict = isOk(findings)
    ? "✓ Ready for visitors.\n"
    : "✗ Not ready for visitors: mend the above first.\n";
  return `${examined}${paragraphs.join("\n")}${paragraphs.length > 0 ? "\n" : ""}${verdict}`;
}
