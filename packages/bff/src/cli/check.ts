import type { Dotenv } from "../config/dotenv.ts";
import { type ParsedChats, parseChats, type ServedChat } from "../config/parse-chats.ts";
import { ConfigError } from "../config/parse-config.ts";
import type { BffConfig } from "../config/to-config.ts";
import { type Environment, VARIABLE_NAMES } from "../config/variables.ts";
import { defaultOrigin } from "../lib/origins.ts";
import {
  checkChatPage,
  checkDotenv,
  checkProxyHops,
  checkRedis,
  checkWidget,
  toConfigError,
  toConfigWarning,
} from "./check-configuration.ts";
import { checkFromOutside } from "./check-outside.ts";
import { checkPlatform } from "./check-platform.ts";
import { type Finding, isOk, toJson, toText } from "./finding.ts";
import { EXIT, type Terminal } from "./terminal.ts";

interface CheckOptions {
  /** Also sends a message that the owner sees. */
  readonly send: boolean;
  readonly json: boolean;
  /** The URL at which browsers reach the running server; null: not checked. */
  readonly url: string | null;
}

/** `check`: examines the configuration, Redis, the platform and, with `--url`, the running server. */
export async function runCheck(options: CheckOptions, terminal: Terminal): Promise<number> {
  const { env = process.env } = terminal;
  let dotenv: Dotenv | null = null;
  const report = (findings: readonly Finding[], ...scope: readonly string[]) =>
    terminal.stdout(options.json ? toJson(findings) : toText(findings, [toSources(env, dotenv), ...scope]));
  try {
    dotenv = terminal.loadDotenv?.() ?? null;
    const { chats, warnings } = parseChats(env);
    const [{ config }] = chats;
    const findings = [
      ...warnings.map(toConfigWarning),
      ...checkDotenv(dotenv),
      ...checkProxyHops(config, options.url),
      ...checkWidget(),
      ...(await checkRedis(config)),
    ];
    for (const chat of chats)
      findings.push(...(await checkChat(chat, { ...options, url: toServerUrl(options.url, chats) })));
    report(findings, toScope(chats, options));
    return isOk(findings) ? EXIT.ok : EXIT.findings;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report([...error.problems.map(toConfigError), ...checkDotenv(dotenv)]);
    for (const problem of error.problems) terminal.stderr(`${problem}\n`);
    return EXIT.config;
  }
}

async function checkChat({ name, config }: ServedChat, { send, url }: CheckOptions): Promise<Finding[]> {
  const origins = testOrigins(config);
  const ownUrl = url === null || name === null ? url : `${url}${name}`;
  const findings = [
    ...checkChatPage(config, url),
    ...(await checkPlatform(config, origins, send)),
    ...(await checkFromOutside(ownUrl, origins[0] ?? "")),
  ];
  return name === null ? findings : findings.map((finding) => ({ ...finding, chat: name }));
}

/** The server's URL if it has several chats. `url` may also be the URL of one of them. */
function toServerUrl(url: string | null, chats: ParsedChats["chats"]): string | null {
  if (url === null || chats[0].name === null) return url;
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, "");
  return chats.some(({ name }) => name === path) ? origin : `${origin}${path}`;
}

/** Every listed origin; if only wildcards are listed, one example. */
function testOrigins({ allowedOrigins }: BffConfig): readonly string[] {
  const exact = allowedOrigins.flatMap((pattern) => (pattern.kind === "exact" ? [pattern.origin] : []));
  return exact.length > 0 ? exact : [defaultOrigin(allowedOrigins)];
}

/** The source of each variable's value. Values are not printed, because some are secret. */
function toSources(env: Environment, dotenv: Dotenv | null): string {
  const names = [...VARIABLE_NAMES, "NODE_ENV"];
  const set = names.filter((name) => (env[name] ?? "").trim() !== "");
  const width = Math.max(0, ...set.map((name) => name.length));
  const lines = set.map(
    (name) => `  ${name.padEnd(width)}  ${dotenv?.names.has(name) ? dotenv.path : "environment"}`,
  );
  const others = set.some((name) => name.startsWith("MAILOO_CHAT_CHATS"))
    ? "  all other variables are in the chats file, or have their defaults\n"
    : "  all other variables have their defaults\n";
  return ["Sources of the values:", ...lines, others].join("\n");
}

function toScope(chats: ParsedChats["chats"], { send, url }: CheckOptions): string {
  const [{ config }] = chats;
  const parts = ["the configuration", config.redisUrl && "Redis", "the platform", url].filter(Boolean);
  const sent = send ? ", with a test message" : "";
  const places = chats.map(({ name, config }) => {
    const origins = testOrigins(config).join(", ");
    return name === null ? `for the origins ${origins}` : `${name} for the origins ${origins}`;
  });
  return `Checked: ${parts.join(", ")}, ${places.join("; ")}${sent}.\n`;
}
